import { expect, test } from 'vitest';
import { call } from '../../../testing/api-requests.ts';
import { startInProcessCluster } from '../../../testing/in-process-cluster.ts';

const MERGE = { 'content-type': 'application/merge-patch+json' };
const STRATEGIC = { 'content-type': 'application/strategic-merge-patch+json' };
const LABEL = 'pod-security.kubernetes.io/';

const spec = (more: object = {}) => ({ containers: [{ name: 'c', image: 'i' }], ...more });
const template = (more: object = {}) => ({ metadata: { labels: { a: 'b' } }, spec: spec(more) });

async function withNamespace(labels: Record<string, string> = {}) {
  const cluster = await startInProcessCluster();
  const labelled = Object.fromEntries(Object.entries(labels).map(([key, value]) => [LABEL + key, value]));
  const ask = async (method: string, path: string, body?: object, headers = {}) => {
    const { status, json, warnings } = await call(cluster.server, method, path, { body, headers });
    return { status, message: json.message, details: json.details, warnings };
  };
  const made = await ask('POST', '/api/v1/namespaces', { metadata: { name: 'n', labels: labelled } });
  await ask('POST', '/api/v1/namespaces/n/serviceaccounts', { metadata: { name: 'default' } });
  const pod = (name: string, more?: object) =>
    ask('POST', '/api/v1/namespaces/n/pods', { metadata: { name }, spec: spec(more) });
  const label = (next: Record<string, string | null>) => {
    const changed = Object.fromEntries(Object.entries(next).map(([key, value]) => [LABEL + key, value]));
    return ask('PATCH', '/api/v1/namespaces/n', { metadata: { labels: changed } }, MERGE);
  };
  return { made, ask, pod, label, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() };
}

test('pods that break what their namespace enforces are refused', async () => {
  await using world = await withNamespace({ enforce: 'baseline', 'enforce-version': 'v1.30' });
  const { ask, pod } = world;
  expect(await pod('a')).toMatchObject({ status: 201, warnings: [] });
  expect(await pod('b', { hostNetwork: true })).toMatchObject({
    status: 403,
    message:
      'pods "b" is forbidden: violates PodSecurity "baseline:v1.30": host namespaces (hostNetwork=true)',
    details: { name: 'b', kind: 'pods' },
  });
  const debug = {
    spec: { ephemeralContainers: [{ name: 'd', image: 'i', securityContext: { privileged: true } }] },
  };
  const path = '/api/v1/namespaces/n/pods/a/ephemeralcontainers';
  expect((await ask('PATCH', path, debug, STRATEGIC)).message).toBe(
    'pods "a" is forbidden: violates PodSecurity "baseline:v1.30": privileged (container "d" must not set securityContext.privileged=true)',
  );
});

test('what makes pods, and what is only warned of, is warned of', async () => {
  await using world = await withNamespace({ enforce: 'baseline', warn: 'restricted' });
  const { ask, pod } = world;
  const { warnings, status } = await pod('a');
  expect(status).toBe(201);
  expect(warnings.join()).toContain(
    'would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false',
  );
  const meta = { metadata: { name: 'd' } };
  const selector = { matchLabels: { a: 'b' } };
  const host = template({ hostPID: true, restartPolicy: 'Never' });
  const always = template({ hostPID: true });
  const makers: Record<string, object> = {
    '/api/v1/namespaces/n/podtemplates': { ...meta, template: always },
    '/api/v1/namespaces/n/replicationcontrollers': { ...meta, spec: { template: always } },
    '/apis/apps/v1/namespaces/n/deployments': { ...meta, spec: { selector, template: always } },
    '/apis/apps/v1/namespaces/n/statefulsets': { ...meta, spec: { selector, template: always } },
    '/apis/batch/v1/namespaces/n/jobs': { ...meta, spec: { template: host } },
    '/apis/batch/v1/namespaces/n/cronjobs': {
      ...meta,
      spec: { schedule: '@daily', jobTemplate: { spec: { template: host } } },
    },
  };
  for (const [path, body] of Object.entries(makers)) {
    const made = await ask('POST', path, body);
    expect(made.message).toBeUndefined();
    expect(made.warnings.join()).toContain(
      'would violate PodSecurity "restricted:latest": host namespaces (hostPID=true)',
    );
  }
});

test('pods from before a policy are told of when it comes, and go on', async () => {
  await using world = await withNamespace();
  const { ask, pod, label } = world;
  for (const name of ['b', 'a', 'c']) await pod(name, { hostNetwork: true });
  await pod('d', { hostNetwork: true, hostPID: true, volumes: [{ name: 'v', hostPath: { path: '/' } }] });
  await pod('e');
  const { status, warnings } = await label({ enforce: 'baseline' });
  expect(status).toBe(200);
  expect(warnings).toEqual([
    'existing pods in namespace "n" violate the new PodSecurity enforce level "baseline:latest"',
    'a (and 2 other pods): host namespaces',
    'd: host namespaces, hostPath volumes',
  ]);
  expect((await label({ warn: 'baseline' })).warnings).toEqual([]);
  expect((await label({ enforce: 'privileged' })).warnings).toEqual([]);
  await label({ enforce: 'baseline' });
  const path = '/api/v1/namespaces/n/pods/a';
  expect((await ask('PATCH', path, { metadata: { labels: { x: 'y' } } }, MERGE)).status).toBe(200);
  const image = { spec: { containers: [{ name: 'c', image: 'j' }] } };
  expect((await ask('PATCH', path, image, STRATEGIC)).status).toBe(403);
});

test('labels that say nothing are refused, unless they were there', async () => {
  const wrong = { enforce: 'strict', 'warn-version': '1.30' };
  await using world = await withNamespace(wrong);
  const { made, label } = world;
  const [enforce, version] = [`metadata.labels[${LABEL}enforce]`, `metadata.labels[${LABEL}warn-version]`];
  const level = 'Invalid value: "strict": must be one of privileged, baseline, restricted';
  expect(made).toMatchObject({
    status: 422,
    message: `Namespace "n" is invalid: [${enforce}: ${level}, ${version}: Invalid value: "1.30": must be "latest" or "v1.x"]`,
    details: {
      causes: [{ field: enforce, reason: 'FieldValueInvalid', message: level }, { field: version }],
    },
  });
  expect((await label({ enforce: 'baseline' })).status).toBe(404);
});
