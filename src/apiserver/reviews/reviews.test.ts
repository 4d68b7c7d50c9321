/** Reviews: what they refuse and answer. The texts are upstream's. */
import { expect, test } from 'vitest';
import { call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';

const authorization = '/apis/authorization.k8s.io/v1';
const authentication = '/apis/authentication.k8s.io/v1';
const resourceAttributes = { namespace: 'default', verb: 'list', resource: 'pods' };
const nonResourceAttributes = { path: '/x', verb: 'get' };
const nowhere = 'must match metadata.namespace';

const FIELD = 'spec.resourceAttributes.fieldSelector';
const LABEL = 'spec.resourceAttributes.labelSelector';

test.each([
  [
    'subjectaccessreviews',
    { resourceAttributes },
    ['spec.user: Invalid value: "": at least one of user or group must be specified'],
  ],
  [
    'subjectaccessreviews',
    { user: 'a', resourceAttributes, nonResourceAttributes },
    [
      'spec.nonResourceAttributes: Invalid value: {"Path":"/x","Verb":"get"}: cannot be specified in combination with resourceAttributes',
    ],
  ],
  [
    'namespaces/default/localsubjectaccessreviews',
    { user: 'a', resourceAttributes: { ...resourceAttributes, namespace: '*' }, nonResourceAttributes },
    [
      'spec.nonResourceAttributes: Invalid value: {"Path":"/x","Verb":"get"}: cannot be specified in combination with resourceAttributes',
      `spec.resourceAttributes.namespace: Invalid value: "*": ${nowhere}`,
      'spec.nonResourceAttributes: Invalid value: {"Path":"/x","Verb":"get"}: disallowed on this kind of request',
    ],
  ],
  [
    'selfsubjectaccessreviews',
    {
      resourceAttributes: {
        ...resourceAttributes,
        fieldSelector: {},
        labelSelector: { rawSelector: 'a', requirements: [{ key: 'a', operator: 'In' }] },
      },
    },
    [
      `${FIELD}.requirements: Required value: when ${FIELD} is specified, requirements or rawSelector is required`,
      `${LABEL}.rawSelector: Invalid value: "a": may not specified at the same time as requirements`,
      `${LABEL}.requirements[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
    ],
  ],
  [
    'selfsubjectaccessreviews',
    {
      resourceAttributes: {
        ...resourceAttributes,
        fieldSelector: { requirements: [{ key: '', operator: 'Exists', values: ['x'] }] },
      },
    },
    [
      `${FIELD}.requirements[0].key: Required value: must be specified`,
      `${FIELD}.requirements[0].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist'`,
    ],
  ],
])('%s refuses %j', async (path, spec, expected) => {
  await using cluster = await startInProcessCluster();
  const { status, json } = await call(cluster.server, 'POST', `${authorization}/${path}`, { body: { spec } });
  const text = expected.length === 1 ? expected[0] : `[${expected.join(', ')}]`;
  expect([status, json.message]).toEqual([422, `.authorization.k8s.io "" is invalid: ${text}`]);
});

test('a review has no name and no labels', async () => {
  await using cluster = await startInProcessCluster();
  const ask = async (path: string, metadata: object) => {
    const body = { metadata, spec: { user: 'a', resourceAttributes } };
    const { status, json } = await call(cluster.server, 'POST', `${authorization}/${path}`, { body });
    return `${status} ${json.message?.replace(/"managedFields":.*\]/, '…')}`;
  };
  expect(await ask('selfsubjectaccessreviews', { name: 'n', namespace: 'other' })).toBe(
    '422 .authorization.k8s.io "" is invalid: metadata: Invalid value: {"name":"n",…}: must be empty',
  );
  expect(await ask('namespaces/default/localsubjectaccessreviews', { labels: { a: 'b' } })).toBe(
    '422 .authorization.k8s.io "" is invalid: metadata: Invalid value: {"namespace":"default","labels":{"a":"b"},…}: must be empty except for namespace',
  );
  expect(await ask('namespaces/default/localsubjectaccessreviews', { namespace: 'other' })).toBe(
    '400 the namespace of the provided object does not match the namespace sent on the request',
  );
});

test.each([
  [{ labelSelector: { rawSelector: 'a in (b)' }, fieldSelector: { rawSelector: 'a=b' } }, undefined],
  [{ labelSelector: { rawSelector: 'a in b' } }, `${LABEL} ignored due to parse error`],
  [{ fieldSelector: { rawSelector: 'a in (b)' } }, `${FIELD} ignored due to parse error`],
  [
    {
      fieldSelector: { requirements: [{ key: 'a', operator: 'In', values: ['a', 'b'] }] },
      labelSelector: {
        requirements: [
          { key: 'a', operator: 'Exists' },
          { key: 'a', operator: 'Foo' },
        ],
      },
    },
    `${FIELD} ignored due to parse error; ${LABEL} partially ignored due to parse error`,
  ],
])('of the selectors %j it says what it does not understand', async (selectors, evaluationError) => {
  await using cluster = await startInProcessCluster();
  const body = { spec: { resourceAttributes: { ...resourceAttributes, ...selectors } } };
  const { json } = await call(cluster.server, 'POST', `${authorization}/selfsubjectaccessreviews`, { body });
  expect(json.status).toMatchObject({ allowed: true, ...(evaluationError ? { evaluationError } : {}) });
  expect(Object.keys(json.status as object).includes('evaluationError')).toBe(evaluationError !== undefined);
});

test('what is asked is not kept, so nothing has a path of its own', async () => {
  await using cluster = await startInProcessCluster();
  const { server } = cluster;
  for (const path of [`${authorization}/subjectaccessreviews`, `${authentication}/tokenreviews`]) {
    expect((await call(server, 'GET', path)).status).toBe(405);
    for (const verb of ['GET', 'PUT', 'PATCH', 'DELETE'])
      expect((await call(server, verb, `${path}/x`, { body: {} })).status).toBe(404);
  }
});

test('who somebody is, and what they may do, is answered anew', async () => {
  await using cluster = await startInProcessCluster();
  const { server } = cluster;
  const who = await call(server, 'POST', `${authentication}/selfsubjectreviews`, {
    body: { metadata: { name: 'x' }, status: { userInfo: { username: 'evil' } } },
  });
  expect(Object.keys(who.json.metadata)).toEqual(['creationTimestamp']);
  expect(who.json.status).not.toMatchObject({ userInfo: { username: 'evil' } });
  const rules = `${authorization}/selfsubjectrulesreviews`;
  expect(await call(server, 'POST', rules, { body: {} })).toMatchObject({
    status: 400,
    json: { message: 'no namespace on request' },
  });
  const may = await call(server, 'POST', rules, { body: { spec: { namespace: 'default' } } });
  expect(may.json).toMatchObject({ metadata: {}, spec: {}, status: { incomplete: false } });
});

test('a token that is not for those who ask, or not signed by the cluster, is told so', async () => {
  await using cluster = await startInProcessCluster();
  const { server } = cluster;
  const account = '/api/v1/namespaces/default/serviceaccounts';
  await call(server, 'POST', account, { body: { metadata: { name: 'robot' } } });
  const issued = await call(server, 'POST', `${account}/robot/token`, {
    body: { spec: { audiences: ['vault', 'v"2'] } },
  });
  const [managed] = (issued.json.metadata as { managedFields?: object[] }).managedFields ?? [];
  expect(managed).toMatchObject({
    manager: 'unknown',
    subresource: 'token',
    fieldsV1: { 'f:spec': { 'f:audiences': {}, 'f:expirationSeconds': {} } },
  });
  const { token } = issued.json.status as { token: string };
  const ask = async (spec: object) =>
    (await call(server, 'POST', `${authentication}/tokenreviews`, { body: { spec } })).json.status;
  expect(await ask({ token, audiences: ['x', 'y'] })).toEqual({
    user: {},
    error:
      '[invalid bearer token, token audiences ["vault" "v\\"2"] is invalid for the target audiences ["x" "y"]]',
  });
  expect(await ask({ token: `${token}x`, audiences: ['vault'] })).toEqual({
    user: {},
    error: '[invalid bearer token, go-jose/go-jose: error in cryptographic primitive]',
  });
  expect(await ask({ token: 'x' })).toEqual({ user: {}, error: 'invalid bearer token' });
});
