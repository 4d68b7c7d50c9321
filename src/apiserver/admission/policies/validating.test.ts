import { expect, test } from 'vitest';
import { call } from '../../../testing/api-requests.ts';
import { startInProcessCluster } from '../../../testing/in-process-cluster.ts';

const GROUP = '/apis/admissionregistration.k8s.io/v1';
const MAPS = '/api/v1/namespaces/default/configmaps';
const rule = (operations: string[], more: object = {}) => ({
  resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations, resources: ['configmaps'], ...more }],
});

/** A cluster with one policy, bound. */
async function withPolicy(spec: object, binding: object = {}) {
  const cluster = await startInProcessCluster();
  const post = (path: string, body: object) => call(cluster.server, 'POST', path, { body });
  const metadata = { name: 'p' };
  const policy = { metadata, spec: { matchConstraints: rule(['CREATE', 'UPDATE']), ...spec } };
  const made = await post(`${GROUP}/validatingadmissionpolicies`, policy);
  expect(made.status).toBe(201);
  const bound = {
    metadata: { name: 'b' },
    spec: { policyName: 'p', validationActions: ['Deny'], ...binding },
  };
  await post(`${GROUP}/validatingadmissionpolicybindings`, bound);
  let n = 0;
  const create = (data: object, labels: object = {}) =>
    post(MAPS, { metadata: { name: `c${n++}`, labels }, data });
  return { cluster, post, create };
}

const denied = (why: string) => `ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ${why}`;

test('a policy refuses with its message and reason, and sees variables, the request and the namespace', async () => {
  const { cluster, create } = await withPolicy({
    variables: [
      { name: 'k', expression: "object.data.?k.orValue('')" },
      { name: 'long', expression: 'variables.k.size() > 3' },
    ],
    validations: [
      { expression: '!variables.long', messageExpression: "'too long: ' + variables.k", reason: 'Forbidden' },
      { expression: "variables.k != 'x'", message: ' no x ' },
      { expression: "object.data.k != 'y' || request.operation != 'CREATE' || oldObject != null" },
      {
        expression: "namespaceObject.metadata.name == 'default' && request.resource.resource == 'configmaps'",
      },
    ],
  });
  await using _ = cluster;
  const long = await create({ k: 'long' });
  expect(long.status).toBe(403);
  expect(long.json).toMatchObject({
    reason: 'Forbidden',
    message: `configmaps "c0" is forbidden: ${denied('too long: long')}`,
    details: { name: 'c0', kind: 'configmaps', causes: [{ message: denied('too long: long') }] },
  });
  const x = await create({ k: 'x' });
  expect([x.status, x.json.reason]).toEqual([422, 'Invalid']);
  expect(x.json.message).toContain(denied('no x'));
  const y = await create({ k: 'y' });
  expect(y.json.message).toContain('failed expression: object.data.k !=');
  const none = await create({});
  expect(none.json.message).toContain('no such key: data');
  expect((await create({ k: 'ok' })).status).toBe(201);
});

test('what is not meant passes: other operations, names, labels, conditions; failures as the policy says', async () => {
  const { cluster, create } = await withPolicy({
    failurePolicy: 'Ignore',
    matchConstraints: { ...rule(['CREATE']), objectSelector: { matchLabels: { a: 'b' } } },
    matchConditions: [{ name: 'c', expression: "has(object.data) && object.data.k != 'free'" }],
    validations: [{ expression: "object.data.other == 'x'" }, { expression: 'false', message: 'hit' }],
  });
  await using _ = cluster;
  expect((await create({ k: 'v' })).status).toBe(201);
  expect((await create({ k: 'free' }, { a: 'b' })).status).toBe(201);
  expect((await create({ k: 'v' }, { a: 'b' })).json.message).toContain(denied('hit'));
});

test('a binding may only warn', async () => {
  const { cluster, create } = await withPolicy(
    { validations: [{ expression: 'false', message: 'careful' }] },
    { validationActions: ['Warn', 'Audit'] },
  );
  await using _ = cluster;
  const { status, warnings } = await create({ k: 'v' });
  expect(status).toBe(201);
  expect(warnings).toEqual([`Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': careful`]);
});

test('parameters are looked up with each request', async () => {
  const { cluster, create, post } = await withPolicy(
    {
      paramKind: { apiVersion: 'v1', kind: 'Secret' },
      validations: [
        { expression: 'object.data.k != params.type', messageExpression: "'not ' + params.type" },
      ],
    },
    { paramRef: { name: 'limit', parameterNotFoundAction: 'Deny' } },
  );
  await using _ = cluster;
  const before = await create({ k: 'v' });
  expect(before.json.message).toContain(
    denied(
      'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
    ),
  );
  await post('/api/v1/namespaces/default/secrets', { metadata: { name: 'limit' }, type: 'v' });
  expect((await create({ k: 'v' })).json.message).toContain(denied('not v'));
  expect((await create({ k: 'w' })).status).toBe(201);
});

test('deletion is guarded by the old object, in collections without a name', async () => {
  const { cluster, create } = await withPolicy({
    matchConstraints: rule(['DELETE']),
    validations: [{ expression: "object == null && oldObject.data.k != 'keep'", message: 'kept' }],
  });
  await using _ = cluster;
  await create({ k: 'keep' });
  const remove = (path: string) => call(cluster.server, 'DELETE', path);
  expect((await remove(`${MAPS}/c0`)).json.message).toContain(`"c0" is forbidden: ${denied('kept')}`);
  expect((await remove(MAPS)).json.message).toContain(`"Unknown" is forbidden: ${denied('kept')}`);
});

test('evictions, bindings, tokens and streams are guarded before anything is looked for', async () => {
  const resources = ['pods/*', 'serviceaccounts/token'];
  const { cluster, post } = await withPolicy({
    matchConstraints: rule(['*'], { resources }),
    validations: [
      { expression: 'false', messageExpression: "request.subResource + ' ' + request.kind.kind" },
    ],
  });
  await using _ = cluster;
  const pod = '/api/v1/namespaces/default/pods/p';
  const metadata = { name: 'p' };
  const answers = [
    [`${pod}/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata }, 'eviction Eviction'],
    [`${pod}/binding`, { metadata, target: { name: 'n' } }, 'binding Binding'],
    ['/api/v1/namespaces/default/serviceaccounts/default/token', {}, 'token TokenRequest'],
    [`${pod}/exec?command=x`, {}, 'exec PodExecOptions'],
  ] as const;
  for (const [path, body, why] of answers) {
    const { status, json } = await post(path, body);
    expect([status, json.message]).toEqual([422, expect.stringContaining(denied(why))]);
  }
});
