/** How pods come to a node and leave it: binding and eviction, through the whole server. */
import { expect, test } from 'vitest';
import type { Pod } from '../../generated/core-v1.ts';
import { type Answer, call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';

const PODS = '/api/v1/namespaces/default/pods';
const ZONE = 'topology.kubernetes.io/zone';
const MERGE = { 'content-type': 'application/merge-patch+json' };
const TABLE = { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' };
const spec = { containers: [{ name: 'c', image: 'i' }] };
const podOf = (answer: Answer) => answer.json as unknown as Pod;

async function start(pod: object = {}) {
  const cluster = await startInProcessCluster();
  const { server } = cluster;
  const send = (method: string, path: string, body?: object, headers?: Record<string, string>) =>
    call(server, method, path, { ...(body ? { body } : {}), ...(headers ? { headers } : {}) });
  await send('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
  await send('POST', '/api/v1/nodes', { metadata: { name: 'n', labels: { [ZONE]: 'z', other: 'o' } } });
  await send('POST', PODS, { metadata: { name: 'a', labels: { [ZONE]: 'y' } }, spec, ...pod });
  return {
    send,
    bind: (target: object) => send('POST', `${PODS}/a/binding`, { metadata: { name: 'a' }, target }),
    pod: async () => podOf(await send('GET', `${PODS}/a`)),
    report: (status: object) => send('PATCH', `${PODS}/a/status`, { status }, MERGE),
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

test('a bound pod has the zone of its node, is scheduled where that stood, and is nominated no more', async () => {
  await using cluster = await start();
  const condition = (type: string, status: string) => ({ type, status });
  const conditions = [condition('PodScheduled', 'False'), condition('x.y/z', 'True')];
  expect(await cluster.report({ nominatedNodeName: 'm', conditions })).toMatchObject({ status: 200 });
  expect(await cluster.bind({ kind: 'Node', name: 'n' })).toMatchObject({ status: 201 });
  const { metadata, status, spec } = await cluster.pod();
  expect(metadata.labels).toEqual({ [ZONE]: 'z' });
  expect(spec.nodeName).toBe('n');
  expect(status?.nominatedNodeName).toBeUndefined();
  expect(status?.conditions?.map(c => [c.type, c.status])).toEqual([
    ['PodScheduled', 'True'],
    ['x.y/z', 'True'],
  ]);
});

test('a binding names a node', async () => {
  await using cluster = await start();
  expect((await cluster.bind({ kind: 'Pod' })).json.message).toBe(
    '[target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>", target.name: Required value]',
  );
  // The scheduler says that it is a node; who does not gets no labels.
  expect(await cluster.bind({ name: 'n' })).toMatchObject({ status: 201 });
  expect((await cluster.pod()).metadata.labels).toEqual({ [ZONE]: 'y' });
});

test('a pod made for a node has its zone at once', async () => {
  await using cluster = await start();
  const made = await cluster.send('POST', PODS, {
    metadata: { name: 'b' },
    spec: { ...spec, nodeName: 'n' },
  });
  expect(podOf(made).metadata.labels).toEqual({ [ZONE]: 'z' });
});

test('an eviction is refused for the budget before it is for anything else', async () => {
  await using cluster = await start();
  await cluster.report({ phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] });
  await cluster.send('POST', '/apis/policy/v1/namespaces/default/poddisruptionbudgets', {
    metadata: { name: 'pdb' },
    spec: { selector: {}, minAvailable: 1 },
  });
  const evict = () =>
    cluster.send('POST', `${PODS}/a/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'a' },
      deleteOptions: { preconditions: { uid: 'x' } },
    });
  expect(await evict()).toMatchObject({ status: 429 });
  await cluster.send('DELETE', '/apis/policy/v1/namespaces/default/poddisruptionbudgets/pdb');
  expect(await evict()).toMatchObject({ status: 409 });
});

const resources = (requests: object, limits: object = requests) => ({ resources: { requests, limits } });
const resize = (body: object) =>
  [
    'PATCH',
    `${PODS}/a/resize`,
    { spec: body },
    { 'content-type': 'application/strategic-merge-patch+json' },
  ] as const;
const NODE = { 'kubernetes.io/os': 'linux' };
const SMALL = { cpu: '1', memory: '1Gi' };

const container = { ...spec.containers[0] };
const burstable = { containers: [{ ...container, ...resources(SMALL, { cpu: '8', memory: '8Gi' }) }] };

test.each([
  [
    'more than the node has',
    { labels: NODE, status: { allocatable: { cpu: '2500m', memory: '1536Mi' } } },
    burstable,
    { containers: [{ name: 'c', ...resources({ cpu: '3', memory: '2Gi' }, {}) }] },
    "node didn't have enough allocatable resources: cpu, requested: 3000, allocatable: 2500; memory, requested: 2147483648, allocatable: 1610612736",
    'NodeCapacity',
  ],
  [
    'a node of another system',
    { labels: { 'kubernetes.io/os': 'windows' } },
    burstable,
    { containers: [{ name: 'c', ...resources({ cpu: '2' }, {}) }] },
    'pod resize is only supported on linux nodes, node "m" is "windows"',
    'UnsupportedPlatform',
  ],
  [
    'a node that cannot do it with pods as a whole, nor with init containers',
    { labels: NODE },
    {
      ...resources(SMALL),
      initContainers: [{ ...container, name: 'i', ...resources({ cpu: '1' }) }],
      ...spec,
    },
    {
      ...resources({ cpu: '2', memory: '1Gi' }),
      initContainers: [{ name: 'i', ...resources({ cpu: '2' }) }],
    },
    'pod update requires features InPlacePodLevelResourcesVerticalScaling, InPlacePodVerticalScalingInitContainers which are not available on node "m"',
    undefined,
  ],
])('a pod is not resized on %s', async (_, { labels, ...node }, pod, body, why, cause) => {
  await using cluster = await start({ spec: { nodeName: 'm', ...pod } });
  expect(await cluster.send(...resize(body))).toMatchObject({ status: 403 });
  await cluster.send('POST', '/api/v1/nodes', { metadata: { name: 'm', labels }, ...node });
  const { status, json } = await cluster.send(...resize(body));
  expect([status, json.message]).toEqual([403, `pods "a" is forbidden: ${why}`]);
  const causes = cause && [{ reason: cause }];
  expect(json.details).toEqual({ name: 'a', kind: 'pods', ...(causes ? { causes } : {}) });
});

test('a pod is resized within what its node has', async () => {
  const pod = { nodeName: 'm', containers: [{ ...spec.containers[0], ...resources(SMALL) }] };
  await using cluster = await start({ spec: pod });
  const status = { allocatable: { cpu: '2', memory: '1Gi' } };
  await cluster.send('POST', '/api/v1/nodes', { metadata: { name: 'm' }, status });
  const body = { containers: [{ name: 'c', ...resources({ cpu: '2' }) }] };
  expect(await cluster.send(...resize(body))).toMatchObject({ status: 200 });
});

test('the row of a pod that has ended says so', async () => {
  await using cluster = await start();
  await cluster.report({ phase: 'Failed' });
  const { json } = await cluster.send('GET', PODS, undefined, TABLE);
  expect(json.rows).toMatchObject([{ conditions: [{ type: 'Completed', reason: 'Failed' }] }]);
});
