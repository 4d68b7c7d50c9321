/** [sig-api-machinery] Garbage collector. Pods live without containers, under a virtual clock. */
import { expect, test } from 'vitest';
import { controllerOf } from '../../src/client/owner-reference.ts';
import { DEPLOYMENTS, PODS, REPLICA_SETS, REPLICATION_CONTROLLERS } from '../../src/client/resources.ts';
import type { Deployment, ReplicaSet } from '../../src/generated/apps-v1.ts';
import type { Pod, ReplicationController } from '../../src/generated/core-v1.ts';
import type { OwnerReference } from '../../src/generated/meta-v1.ts';
import { type ControllerCluster, startControllerCluster } from '../../src/testing/controller-cluster.ts';

const namespace = 'default';
const template = (app: string) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: 'nginx', image: 'nginx' }], terminationGracePeriodSeconds: 2 },
});

const controllers = (cluster: ControllerCluster) =>
  cluster.client.resource<ReplicationController>(REPLICATION_CONTROLLERS);
const deployments = (cluster: ControllerCluster) => cluster.client.resource<Deployment>(DEPLOYMENTS);
const pods = (cluster: ControllerCluster) => cluster.list<Pod>(PODS, namespace);
const names = (objects: readonly { metadata: { name?: string | undefined } }[]) =>
  objects.map(o => o.metadata.name ?? '').sort();

async function replicationController(cluster: ControllerCluster, name: string, replicas: number) {
  const created = await controllers(cluster).create({
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { namespace, name },
    spec: { replicas, selector: { app: name }, template: template(name) },
  });
  await cluster.clock.advance(5_000);
  const { status } = await controllers(cluster).get({ namespace, name });
  expect(status?.replicas).toBe(replicas);
  return created;
}

async function deployment(cluster: ControllerCluster) {
  await deployments(cluster).create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name: 'simple' },
    spec: { replicas: 2, selector: { matchLabels: { app: 'simple' } }, template: template('simple') },
  });
  await cluster.clock.advance(5_000);
  expect(await cluster.list(REPLICA_SETS, namespace)).toHaveLength(1);
  expect(await pods(cluster)).toHaveLength(2);
}

test('Garbage Collector, delete replication controller, propagation policy background: its pods follow it', async () => {
  await using cluster = await startControllerCluster();
  await replicationController(cluster, 'simple', 2);
  await controllers(cluster).delete({ namespace, name: 'simple' }, { propagationPolicy: 'Background' });
  expect(await cluster.list(REPLICATION_CONTROLLERS, namespace)).toEqual([]);
  await cluster.clock.advance(60_000);
  expect(await pods(cluster)).toEqual([]);
});

test('Garbage Collector, delete replication controller, propagation policy orphan: its pods stay, without it', async () => {
  await using cluster = await startControllerCluster();
  await replicationController(cluster, 'simple', 12);
  await controllers(cluster).delete({ namespace, name: 'simple' }, { propagationPolicy: 'Orphan' });
  await cluster.clock.advance(60_000);
  expect(await cluster.list(REPLICATION_CONTROLLERS, namespace)).toEqual([]);
  const left = await pods(cluster);
  expect(left).toHaveLength(12);
  expect(left.flatMap(pod => pod.metadata.ownerReferences ?? [])).toEqual([]);
  expect(left.filter(pod => pod.metadata.deletionTimestamp)).toEqual([]);
});

test('Garbage Collector, delete deployment,  propagation policy background: its ReplicaSet and pods follow it', async () => {
  await using cluster = await startControllerCluster();
  await deployment(cluster);
  await deployments(cluster).delete({ namespace, name: 'simple' }, { propagationPolicy: 'Background' });
  await cluster.clock.advance(60_000);
  expect(await cluster.list(DEPLOYMENTS, namespace)).toEqual([]);
  expect(await cluster.list(REPLICA_SETS, namespace)).toEqual([]);
  expect(await pods(cluster)).toEqual([]);
});

test('Garbage Collector, delete deployment, propagation policy orphan: its ReplicaSet stays, without it, and keeps its pods', async () => {
  await using cluster = await startControllerCluster();
  await deployment(cluster);
  await deployments(cluster).delete({ namespace, name: 'simple' }, { propagationPolicy: 'Orphan' });
  await cluster.clock.advance(60_000);
  expect(await cluster.list(DEPLOYMENTS, namespace)).toEqual([]);
  const [set, ...others] = await cluster.list<ReplicaSet>(REPLICA_SETS, namespace);
  expect(others).toEqual([]);
  expect(set && controllerOf(set)).toBeUndefined();
  const left = await pods(cluster);
  expect(left.map(pod => controllerOf(pod)?.uid)).toEqual([set?.metadata.uid, set?.metadata.uid]);
});

test('Garbage Collector, delete replication controller, after owned pods: it goes last when asked to', async () => {
  await using cluster = await startControllerCluster();
  await replicationController(cluster, 'simple', 12);
  await controllers(cluster).delete({ namespace, name: 'simple' }, { propagationPolicy: 'Foreground' });
  const waiting = await controllers(cluster).get({ namespace, name: 'simple' });
  expect(waiting.metadata.finalizers).toEqual(['foregroundDeletion']);
  expect(waiting.metadata.deletionTimestamp).toBeDefined();
  // As long as a pod is there, its owner is.
  let withPods = 0;
  for (let left = 12; left > 0; ) {
    await cluster.clock.advance(500);
    left = (await pods(cluster)).length;
    if (left > 0) {
      withPods++;
      expect(await cluster.list(REPLICATION_CONTROLLERS, namespace)).toHaveLength(1);
    }
    expect(withPods).toBeLessThan(100);
  }
  expect(withPods).toBeGreaterThan(0);
  await cluster.clock.advance(5_000);
  expect(await cluster.list(REPLICATION_CONTROLLERS, namespace)).toEqual([]);
});

test('Garbage Collector, multiple owners: what another owner still wants is not deleted', async () => {
  await using cluster = await startControllerCluster();
  await replicationController(cluster, 'to-be-deleted', 12);
  const stays = await replicationController(cluster, 'to-stay', 0);
  const shared = names(await pods(cluster)).slice(0, 6);
  const owner: OwnerReference = {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    name: 'to-stay',
    uid: stays.metadata.uid ?? '',
  };
  const client = cluster.client.resource<Pod>(PODS);
  for (const name of shared)
    await client.patch(
      { namespace, name },
      { type: 'strategic', body: { metadata: { ownerReferences: [owner] } } },
    );
  await controllers(cluster).delete(
    { namespace, name: 'to-be-deleted' },
    { propagationPolicy: 'Foreground' },
  );
  await cluster.clock.advance(60_000);
  expect(names(await cluster.list(REPLICATION_CONTROLLERS, namespace))).toEqual(['to-stay']);
  const left = await pods(cluster);
  expect(names(left)).toEqual(shared);
  expect(left.filter(pod => pod.metadata.deletionTimestamp)).toEqual([]);
  expect(left.flatMap(pod => pod.metadata.ownerReferences ?? []).map(o => o.name)).toEqual(
    shared.map(() => 'to-stay'),
  );
});

test('Garbage Collector, dependency cycle: owners that own each other in a ring are all deleted', async () => {
  await using cluster = await startControllerCluster();
  const client = cluster.client.resource<Pod>(PODS);
  const ring: Pod[] = [];
  for (const name of ['pod1', 'pod2', 'pod3'])
    ring.push(
      await client.create({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { namespace, name },
        spec: template('x').spec,
      }),
    );
  await cluster.clock.advance(5_000);
  for (const [i, pod] of ring.entries()) {
    const { name = '', uid = '' } = ring.at(i - 1)?.metadata ?? {};
    const reference = {
      apiVersion: 'v1',
      kind: 'Pod',
      name,
      uid,
      controller: true,
      blockOwnerDeletion: true,
    };
    await client.patch(
      { namespace, name: pod.metadata.name ?? '' },
      { type: 'merge', body: { metadata: { ownerReferences: [reference] } } },
    );
  }
  await client.delete({ namespace, name: 'pod1' }, { propagationPolicy: 'Foreground' });
  await cluster.clock.advance(60_000);
  expect(await pods(cluster)).toEqual([]);
});
