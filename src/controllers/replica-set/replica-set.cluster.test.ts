import { expect, test } from 'vitest';
import { controllerOf } from '../../client/owner-reference.ts';
import { PODS, REPLICA_SETS, REPLICATION_CONTROLLERS, SERVICE_ACCOUNTS } from '../../client/resources.ts';
import type { ReplicaSet } from '../../generated/apps-v1.ts';
import type { Pod, ReplicationController } from '../../generated/core-v1.ts';
import { startControllerCluster } from '../../testing/controller-cluster.ts';

const rs = { namespace: 'default', name: 'rs' };
const template = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'main', image: 'busyboxplus' }], terminationGracePeriodSeconds: 2 },
};

function replicaSet(replicas: number, extra: Partial<ReplicaSet['spec']> = {}): ReplicaSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: rs,
    spec: { replicas, selector: { matchLabels: { app: 'web' } }, template, ...extra },
  };
}

function loosePod(name: string, labels: Record<string, string>): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'default', name, labels },
    spec: template.spec,
  };
}

test('a pod that is deleted comes back under a new name', async () => {
  await using cluster = await startControllerCluster();
  await cluster.client.resource<ReplicaSet>(REPLICA_SETS).create(replicaSet(2));
  await cluster.clock.advance(5_000);
  const before = await cluster.list<Pod>(PODS, 'default');
  const victim = before[0]?.metadata.name ?? '';
  await cluster.client.resource<Pod>(PODS).delete({ namespace: 'default', name: victim });
  await cluster.clock.advance(10_000);
  const after = await cluster.list<Pod>(PODS, 'default');
  expect(after).toHaveLength(2);
  expect(after.map(pod => pod.metadata.name)).not.toContain(victim);
  expect(after.every(pod => /^rs-[bcdfghjklmnpqrstvwxz2456789]{5}$/.test(pod.metadata.name ?? ''))).toBe(
    true,
  );
});

test('a matching pod that nobody controls is adopted and counts', async () => {
  await using cluster = await startControllerCluster();
  await cluster.client.resource<Pod>(PODS).create(loosePod('loose', { app: 'web' }));
  await cluster.clock.advance(3_000);
  await cluster.client.resource<ReplicaSet>(REPLICA_SETS).create(replicaSet(2));
  await cluster.clock.advance(5_000);
  const pods = await cluster.list<Pod>(PODS, 'default');
  const set = await cluster.client.resource<ReplicaSet>(REPLICA_SETS).get(rs);
  expect(pods).toHaveLength(2);
  expect(pods.map(pod => controllerOf(pod)?.uid)).toEqual([set.metadata.uid, set.metadata.uid]);
  expect(set.status).toMatchObject({ replicas: 2, availableReplicas: 2 });
});

test('a pod whose labels stop matching is released and replaced', async () => {
  await using cluster = await startControllerCluster();
  await cluster.client.resource<ReplicaSet>(REPLICA_SETS).create(replicaSet(1));
  await cluster.clock.advance(5_000);
  const [pod] = await cluster.list<Pod>(PODS, 'default');
  const name = pod?.metadata.name ?? '';
  await cluster.client
    .resource<Pod>(PODS)
    .patch(
      { namespace: 'default', name },
      { type: 'merge', body: { metadata: { labels: { app: 'debug' } } } },
    );
  await cluster.clock.advance(5_000);
  const pods = await cluster.list<Pod>(PODS, 'default');
  expect(pods).toHaveLength(2);
  expect(controllerOf(pods.find(one => one.metadata.name === name) as Pod)).toBeUndefined();
});

test('scaling up by hundreds makes each pod once, in batches that double', async () => {
  await using cluster = await startControllerCluster();
  await cluster.client.resource<ReplicaSet>(REPLICA_SETS).create(replicaSet(120));
  await cluster.clock.advance(20_000);
  expect(await cluster.list<Pod>(PODS, 'default')).toHaveLength(120);
  const { status } = await cluster.client.resource<ReplicaSet>(REPLICA_SETS).get(rs);
  expect(status).toMatchObject({ replicas: 120, availableReplicas: 120 });
});

test('a pod counts as available after minReadySeconds, without any event', async () => {
  await using cluster = await startControllerCluster();
  await cluster.client.resource<ReplicaSet>(REPLICA_SETS).create(replicaSet(1, { minReadySeconds: 30 }));
  await cluster.clock.advance(20_000);
  const sets = cluster.client.resource<ReplicaSet>(REPLICA_SETS);
  expect((await sets.get(rs)).status).toMatchObject({ readyReplicas: 1 });
  expect((await sets.get(rs)).status?.availableReplicas).toBeUndefined();
  await cluster.clock.advance(15_000);
  expect((await sets.get(rs)).status).toMatchObject({ availableReplicas: 1 });
});

test('what keeps pods from being made is told in a condition and an event, and goes away', async () => {
  await using cluster = await startControllerCluster();
  const sets = cluster.client.resource<ReplicaSet>(REPLICA_SETS);
  await sets.create(
    replicaSet(3, {
      template: { ...template, spec: { ...template.spec, serviceAccountName: 'missing' } },
    }),
  );
  await cluster.clock.advance(2_000);
  const set = await sets.get(rs);
  // The ServiceAccount admission plugin refuses pods of accounts that do not exist.
  expect(set.status?.conditions?.[0]).toMatchObject({
    type: 'ReplicaFailure',
    status: 'True',
    reason: 'FailedCreate',
  });
  expect((await cluster.eventsOf('ReplicaSet', 'rs'))[0]).toMatch(
    /^FailedCreate Error creating: pods "rs-" is forbidden: error looking up service account default\/missing/,
  );
  await cluster.client.resource(SERVICE_ACCOUNTS).create({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { namespace: 'default', name: 'missing' },
  });
  await cluster.clock.advance(120_000);
  expect((await sets.get(rs)).status).toMatchObject({ availableReplicas: 3 });
  expect((await sets.get(rs)).status?.conditions).toBeUndefined();
});

test('a ReplicationController keeps its pods as a ReplicaSet does, and says so in its own form', async () => {
  await using cluster = await startControllerCluster();
  const controllers = cluster.client.resource<ReplicationController>(REPLICATION_CONTROLLERS);
  await controllers.create({
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { namespace: 'default', name: 'rc' },
    spec: { replicas: 2, selector: { app: 'web' }, template },
  });
  await cluster.clock.advance(5_000);
  const pods = await cluster.list<Pod>(PODS, 'default');
  const controller = await controllers.get({ namespace: 'default', name: 'rc' });
  expect(pods.map(pod => controllerOf(pod))).toMatchObject(
    [0, 1].map(() => ({ apiVersion: 'v1', kind: 'ReplicationController', uid: controller.metadata.uid })),
  );
  expect(controller.status).toEqual({
    replicas: 2,
    fullyLabeledReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 2,
    observedGeneration: 1,
  });
  expect(await cluster.eventsOf('ReplicationController', 'rc')).toHaveLength(2);
});
