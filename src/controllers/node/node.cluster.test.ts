import { expect, test } from 'vitest';
import { NODES, PODS } from '../../client/resources.ts';
import type { Node, Pod, Toleration } from '../../generated/core-v1.ts';
import { type ControllerCluster, startControllerCluster } from '../../testing/controller-cluster.ts';
import { isReady } from '../pod-management/pod-state.ts';
import { evictionTimeMs } from './taint-eviction.ts';

const node = { name: 'node-1' };

const pod = (name: string, tolerations?: Toleration[]): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'default', name },
  spec: {
    containers: [{ name: 'c', image: 'i' }],
    terminationGracePeriodSeconds: 2,
    ...(tolerations ? { tolerations } : {}),
  },
});

const taints = async (cluster: ControllerCluster) =>
  ((await cluster.client.resource<Node>(NODES).get(node)).spec.taints ?? []).map(
    ({ key, effect }) => `${key}:${effect}`,
  );

const executed = (seconds: number): Toleration[] => [
  {
    key: 'node.kubernetes.io/unreachable',
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: seconds,
  },
];

test('a node that goes on renewing its lease stays as it is', async () => {
  await using cluster = await startControllerCluster();
  await cluster.clock.advance(600_000);
  expect(await taints(cluster)).toEqual([]);
});

test('a node that falls silent is unknown, tainted, and its pods are not ready', async () => {
  const death = new AbortController();
  await using cluster = await startControllerCluster({ nodeDies: death.signal });
  await cluster.client.resource<Pod>(PODS).create(pod('p', executed(3_600)));
  await cluster.clock.advance(20_000);
  death.abort();
  await cluster.clock.advance(70_000);
  const { status } = await cluster.client.resource<Node>(NODES).get(node);
  expect(status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
  });
  expect(await taints(cluster)).toEqual([
    'node.kubernetes.io/unreachable:NoSchedule',
    'node.kubernetes.io/unreachable:NoExecute',
  ]);
  const survivor = await cluster.client.resource<Pod>(PODS).get({ namespace: 'default', name: 'p' });
  expect(isReady(survivor)).toBe(false);
});

test('a pod on a silent node is evicted when its toleration has run out, not before', async () => {
  const death = new AbortController();
  await using cluster = await startControllerCluster({ nodeDies: death.signal });
  const pods = cluster.client.resource<Pod>(PODS);
  await pods.create(pod('short', executed(60)));
  await pods.create(pod('long', executed(600)));
  await cluster.clock.advance(5_000);
  death.abort();
  await cluster.clock.advance(100_000);
  const names = async () => (await cluster.list<Pod>(PODS, 'default')).map(({ metadata }) => metadata.name);
  expect(await names()).toEqual(['long', 'short']);
  await cluster.clock.advance(60_000);
  expect(await names()).toEqual(['long']);
  expect(await cluster.eventsOf('Pod', 'short')).toContain(
    'TaintManagerEviction Marking for deletion Pod default/short',
  );
});

test('a cordoned node is tainted, and no more once it is uncordoned', async () => {
  await using cluster = await startControllerCluster();
  const nodes = cluster.client.resource<Node>(NODES);
  await nodes.patch(node, { type: 'merge', body: { spec: { unschedulable: true } } });
  await cluster.clock.advance(1_000);
  expect(await taints(cluster)).toEqual(['node.kubernetes.io/unschedulable:NoSchedule']);
  await nodes.patch(node, { type: 'merge', body: { spec: { unschedulable: null } } });
  await cluster.clock.advance(1_000);
  expect(await taints(cluster)).toEqual([]);
});

test('pods of a node that was deleted go, once it is sure that it is gone', async () => {
  await using cluster = await startControllerCluster();
  await cluster.client.resource<Pod>(PODS).create(pod('p'));
  await cluster.clock.advance(5_000);
  await cluster.client.resource<Node>(NODES).delete(node);
  await cluster.clock.advance(30_000);
  expect(await cluster.list<Pod>(PODS, 'default')).toHaveLength(1);
  await cluster.clock.advance(20_000);
  expect(await cluster.list<Pod>(PODS, 'default')).toEqual([]);
});

test('a pod that comes later to a node that is not there has its own time', async () => {
  await using cluster = await startControllerCluster();
  await cluster.client.resource<Node>(NODES).delete(node);
  await cluster.client.resource<Pod>(PODS).create(pod('first'));
  await cluster.clock.advance(50_000);
  expect(await cluster.list<Pod>(PODS, 'default')).toEqual([]);
  await cluster.client.resource<Pod>(PODS).create(pod('second'));
  await cluster.clock.advance(30_000);
  expect(await cluster.list<Pod>(PODS, 'default')).toHaveLength(1);
  await cluster.clock.advance(20_000);
  expect(await cluster.list<Pod>(PODS, 'default')).toEqual([]);
});

test('the oldest finished pods beyond the threshold are deleted', async () => {
  await using cluster = await startControllerCluster({ controllers: { terminatedPodThreshold: 2 } });
  const pods = cluster.client.resource<Pod>(PODS);
  for (const name of ['a', 'b', 'c']) {
    const made = await pods.create(pod(name));
    await cluster.clock.advance(2_000);
    const { metadata, ...rest } = await pods.get({ namespace: 'default', name: made.metadata.name ?? '' });
    await pods.updateStatus({ metadata, ...rest, status: { ...rest.status, phase: 'Succeeded' } });
  }
  await cluster.clock.advance(1_000);
  expect((await cluster.list<Pod>(PODS, 'default')).map(({ metadata }) => metadata.name)).toEqual(['b', 'c']);
});

test('the shortest of the tolerations that apply decides', () => {
  const at = '2026-01-01T00:00:00Z';
  const taint = (key: string) => ({ key, effect: 'NoExecute', timeAdded: at });
  const tolerant = (...tolerations: Toleration[]) => pod('p', tolerations);
  const exists = (key: string, tolerationSeconds?: number): Toleration => ({
    key,
    operator: 'Exists',
    effect: 'NoExecute',
    ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
  });
  expect(evictionTimeMs(pod('p'), [{ key: 'a', effect: 'NoSchedule' }])).toBeUndefined();
  expect(evictionTimeMs(pod('p'), [taint('a')])).toBe(0);
  expect(evictionTimeMs(tolerant(exists('a')), [taint('a')])).toBeUndefined();
  expect(evictionTimeMs(tolerant(exists('a', 30), exists('b', 10)), [taint('a'), taint('b')])).toBe(
    Date.parse(at) + 10_000,
  );
  expect(evictionTimeMs(tolerant(exists('a', 30)), [taint('a'), taint('b')])).toBe(0);
});
