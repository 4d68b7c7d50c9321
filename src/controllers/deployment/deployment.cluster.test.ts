import { expect, test } from 'vitest';
import { DEPLOYMENTS, EVENTS, PODS, REPLICA_SETS } from '../../client/resources.ts';
import type { Deployment, ReplicaSet } from '../../generated/apps-v1.ts';
import type { Event, Pod } from '../../generated/core-v1.ts';
import { type ControllerCluster, startControllerCluster } from '../../testing/controller-cluster.ts';
import { isReady } from '../pod-management/pod-state.ts';

const web = { namespace: 'default', name: 'web' };

function deployment(spec: Partial<Deployment['spec']> = {}, image = 'myapp:v1'): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...web, labels: { app: 'web' } },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'myapp', image }], terminationGracePeriodSeconds: 2 },
      },
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      ...spec,
    },
  };
}

function helpers(cluster: ControllerCluster) {
  const deployments = cluster.client.resource<Deployment>(DEPLOYMENTS);
  return {
    deployments,
    get: () => deployments.get(web),
    create: (object: Deployment) => deployments.create(object),
    patch: (spec: object) => deployments.patch(web, { type: 'merge', body: { spec } }),
    setImage: (image: string) =>
      deployments.patch(web, {
        type: 'merge',
        body: { spec: { template: { spec: { containers: [{ name: 'myapp', image }] } } } },
      }),
    sets: async () =>
      [...(await cluster.list<ReplicaSet>(REPLICA_SETS, 'default'))].sort(
        (a, b) => revision(a) - revision(b),
      ),
    pods: () => cluster.list<Pod>(PODS, 'default'),
    conditions: async () =>
      ((await deployments.get(web)).status?.conditions ?? []).map(
        ({ type, status, reason, message }) => `${type} ${status} ${reason} ${message}`,
      ),
  };
}

const revision = (set: ReplicaSet) =>
  Number(set.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);

const imageOf = (object: Pod) => object.spec.containers[0]?.image;

test('a new Deployment makes its ReplicaSet and pods, and says that it is available', async () => {
  await using cluster = await startControllerCluster();
  const { get, create, sets, pods, conditions } = helpers(cluster);
  await create(deployment({ replicas: 2 }));
  await cluster.clock.advance(5_000);
  const [set] = await sets();
  const name = set?.metadata.name;
  const { metadata, status } = await get();
  expect(metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' });
  expect(status).toEqual({
    observedGeneration: 1,
    replicas: 2,
    updatedReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 2,
    terminatingReplicas: 0,
    conditions: status?.conditions,
  });
  expect(await conditions()).toEqual([
    'Available True MinimumReplicasAvailable Deployment has minimum availability.',
    `Progressing True NewReplicaSetAvailable ReplicaSet "${name}" has successfully progressed.`,
  ]);
  expect(name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{8,10}$/);
  expect(set?.metadata.annotations).toEqual({
    'deployment.kubernetes.io/desired-replicas': '2',
    'deployment.kubernetes.io/max-replicas': '3',
    'deployment.kubernetes.io/revision': '1',
  });
  expect(set?.status).toEqual({
    replicas: 2,
    fullyLabeledReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 2,
    terminatingReplicas: 0,
    observedGeneration: 1,
  });
  expect(await cluster.eventsOf('Deployment', 'web')).toEqual([
    `ScalingReplicaSet Scaled up replica set ${name} from 0 to 2`,
  ]);
  const made = await pods();
  expect(made.map(pod => pod.metadata.labels)).toEqual(
    Array(2).fill({ app: 'web', 'pod-template-hash': name?.slice(4) }),
  );
});

test('a rolling update keeps its bounds at every moment and leaves the old ReplicaSet empty', async () => {
  await using cluster = await startControllerCluster();
  const { get, create, setImage, sets, pods } = helpers(cluster);
  await create(deployment({ replicas: 3 }));
  await cluster.clock.advance(5_000);
  await setImage('myapp:v2');
  for (let i = 0; i < 60; i++) {
    await cluster.clock.advance(200);
    const active = (await pods()).filter(pod => !pod.metadata.deletionTimestamp);
    expect(active.length).toBeLessThanOrEqual(4);
    expect(active.filter(isReady).length).toBeGreaterThanOrEqual(3);
  }
  const [old, next] = await sets();
  expect([old?.spec.replicas, next?.spec.replicas]).toEqual([0, 3]);
  expect((await pods()).map(imageOf)).toEqual(Array(3).fill('myapp:v2'));
  expect((await get()).metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
  const scaled = (await cluster.eventsOf('Deployment', 'web')).map(event => event.replace(/web-\S+/, 'web'));
  expect(scaled).toEqual([
    'ScalingReplicaSet Scaled up replica set web from 0 to 3',
    'ScalingReplicaSet Scaled up replica set web from 0 to 1',
    'ScalingReplicaSet Scaled down replica set web from 3 to 2',
    'ScalingReplicaSet Scaled up replica set web from 1 to 2',
    'ScalingReplicaSet Scaled down replica set web from 2 to 1',
    'ScalingReplicaSet Scaled up replica set web from 2 to 3',
    'ScalingReplicaSet Scaled down replica set web from 1 to 0',
  ]);
});

test('going back to an old template takes up its ReplicaSet under a new revision', async () => {
  await using cluster = await startControllerCluster();
  const { get, create, setImage, sets, pods } = helpers(cluster);
  await create(deployment({ replicas: 2 }));
  await cluster.clock.advance(5_000);
  const [first] = await sets();
  await setImage('myapp:v2');
  await cluster.clock.advance(20_000);
  await setImage('myapp:v1');
  await cluster.clock.advance(20_000);
  const all = await sets();
  expect(all).toHaveLength(2);
  expect(all[1]?.metadata.name).toBe(first?.metadata.name);
  expect(all[1]?.metadata.annotations).toMatchObject({
    'deployment.kubernetes.io/revision': '3',
    'deployment.kubernetes.io/revision-history': '1',
  });
  expect((await get()).metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
  expect((await pods()).map(imageOf)).toEqual(['myapp:v1', 'myapp:v1']);
});

test('each revision keeps the change cause that was written on the Deployment with it', async () => {
  await using cluster = await startControllerCluster();
  const { deployments, create, setImage, sets } = helpers(cluster);
  const cause = (text: string) =>
    deployments.patch(web, {
      type: 'merge',
      body: { metadata: { annotations: { 'kubernetes.io/change-cause': text } } },
    });
  await create(deployment());
  await cause('first');
  await cluster.clock.advance(5_000);
  await cause('second');
  await setImage('myapp:v2');
  await cluster.clock.advance(5_000);
  const causes = (await sets()).map(set => [
    revision(set),
    set.metadata.annotations?.['kubernetes.io/change-cause'],
  ]);
  // The cause alone makes no revision: it is the running one's until there is another.
  expect(causes).toEqual([
    [1, 'first'],
    [2, 'second'],
  ]);
});

test('Recreate starts nothing new before everything old is gone', async () => {
  await using cluster = await startControllerCluster();
  const { create, setImage, pods } = helpers(cluster);
  await create(deployment({ replicas: 2, strategy: { type: 'Recreate' } }));
  await cluster.clock.advance(5_000);
  await setImage('myapp:v2');
  for (let i = 0; i < 40; i++) {
    await cluster.clock.advance(200);
    expect(new Set((await pods()).map(imageOf)).size).toBeLessThanOrEqual(1);
  }
  expect((await pods()).map(imageOf)).toEqual(['myapp:v2', 'myapp:v2']);
});

test('scaling changes the one ReplicaSet and nothing else', async () => {
  await using cluster = await startControllerCluster();
  const { create, patch, sets, get } = helpers(cluster);
  await create(deployment({ replicas: 2 }));
  await cluster.clock.advance(5_000);
  await patch({ replicas: 4 });
  await cluster.clock.advance(5_000);
  await patch({ replicas: 1 });
  await cluster.clock.advance(5_000);
  const [set] = await sets();
  expect(set?.metadata.annotations).toMatchObject({
    'deployment.kubernetes.io/desired-replicas': '1',
    'deployment.kubernetes.io/max-replicas': '2',
    'deployment.kubernetes.io/revision': '1',
  });
  expect((await get()).status).toMatchObject({ replicas: 1, availableReplicas: 1, observedGeneration: 3 });
  expect(await cluster.eventsOf('Deployment', 'web')).toEqual([
    `ScalingReplicaSet Scaled up replica set ${set?.metadata.name} from 0 to 2`,
    `ScalingReplicaSet Scaled up replica set ${set?.metadata.name} from 2 to 4`,
    `ScalingReplicaSet Scaled down replica set ${set?.metadata.name} from 4 to 1`,
  ]);
});

test('a paused Deployment makes nothing, scales, and goes on when it is resumed', async () => {
  await using cluster = await startControllerCluster();
  const { create, patch, setImage, sets, conditions } = helpers(cluster);
  await create(deployment({ replicas: 1, paused: true }));
  await cluster.clock.advance(5_000);
  expect(await sets()).toHaveLength(0);
  expect(await conditions()).toEqual([
    'Progressing Unknown DeploymentPaused Deployment is paused',
    'Available False MinimumReplicasUnavailable Deployment does not have minimum availability.',
  ]);
  await patch({ paused: false });
  await cluster.clock.advance(5_000);
  await patch({ paused: true });
  await setImage('myapp:v2');
  await patch({ replicas: 3 });
  await cluster.clock.advance(5_000);
  expect((await sets()).map(set => set.spec.replicas)).toEqual([3]);
  await patch({ paused: false });
  await cluster.clock.advance(30_000);
  expect((await sets()).map(set => set.spec.replicas)).toEqual([0, 3]);
});

test('only as many old ReplicaSets as the history limit says are kept', async () => {
  await using cluster = await startControllerCluster();
  const { create, setImage, sets } = helpers(cluster);
  await create(deployment({ replicas: 1, revisionHistoryLimit: 1 }));
  for (let i = 2; i <= 4; i++) {
    await cluster.clock.advance(10_000);
    await setImage(`myapp:v${i}`);
  }
  await cluster.clock.advance(10_000);
  expect((await sets()).map(revision)).toEqual([3, 4]);
});

test('a rollout that does not move has failed at its deadline, and recovers', async () => {
  await using cluster = await startControllerCluster({
    readyAfterMs: pod => (imageOf(pod) === 'broken' ? undefined : 1_000),
  });
  const { create, setImage, conditions, get } = helpers(cluster);
  await create(deployment({ replicas: 2, progressDeadlineSeconds: 30 }));
  await cluster.clock.advance(5_000);
  await setImage('broken');
  await cluster.clock.advance(29_000);
  expect((await conditions())[1]).toContain('Progressing True ReplicaSetUpdated');
  await cluster.clock.advance(5_000);
  expect((await conditions())[1]).toMatch(
    /^Progressing False ProgressDeadlineExceeded ReplicaSet "web-\S+" has timed out progressing\.$/,
  );
  expect((await get()).status).toMatchObject({ replicas: 3, availableReplicas: 2, unavailableReplicas: 1 });
  await setImage('myapp:v1');
  await cluster.clock.advance(10_000);
  expect((await conditions())[1]).toContain('Progressing True NewReplicaSetAvailable');
});

test('a name taken by a stranger is stepped around with collisionCount', async () => {
  await using cluster = await startControllerCluster();
  const { create, deployments, sets, get } = helpers(cluster);
  await create(deployment({ replicas: 1 }));
  await cluster.clock.advance(5_000);
  const [set] = await sets();
  const stranger = `${set?.metadata.name}`;
  await deployments.delete(web);
  await cluster.clock.advance(10_000);
  const foreign = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { namespace: 'default', name: stranger, labels: { app: 'other' } },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: 'other' } },
      template: { metadata: { labels: { app: 'other' } }, spec: { containers: [{ name: 'x', image: 'x' }] } },
    },
  };
  await cluster.client.resource<ReplicaSet>(REPLICA_SETS).create(foreign);
  await create(deployment({ replicas: 1 }));
  await cluster.clock.advance(10_000);
  expect((await get()).status).toMatchObject({ collisionCount: 1, availableReplicas: 1 });
  expect(await sets()).toHaveLength(2);
});

test('a settled Deployment causes no more work', async () => {
  await using cluster = await startControllerCluster();
  const { create } = helpers(cluster);
  await create(deployment({ replicas: 3 }));
  // The timer of the progress deadline fires once more.
  await cluster.clock.advance(700_000);
  const work = () => cluster.driver.health().find(({ name }) => name === 'deployment')?.reconciled;
  const before = work();
  await cluster.clock.advance(3_600_000);
  expect(work()).toBe(before);
});

test('the events of the tutorial are counted and combined as upstream recorded them', async () => {
  await using cluster = await startControllerCluster();
  const { create, patch, setImage } = helpers(cluster);
  await create(deployment({ replicas: 1 }));
  for (const replicas of [2, 4, 3]) {
    await cluster.clock.advance(20_000);
    await patch({ replicas });
  }
  for (const image of ['myapp:v2', 'myapp:v1']) {
    await cluster.clock.advance(20_000);
    await setImage(image);
  }
  await cluster.clock.advance(20_000);
  const events = await cluster.list<Event>(EVENTS, 'default');
  const shown = events
    .filter(({ involvedObject }) => involvedObject.kind === 'Deployment')
    .sort((a, b) => ((a.lastTimestamp ?? '') < (b.lastTimestamp ?? '') ? -1 : 1))
    .map(({ count, message = '' }) => `x${count} ${message.replace(/web-\S+/, 'web')}`);
  expect(shown.filter(line => !line.startsWith('x1 '))).toEqual([
    'x2 Scaled up replica set web from 0 to 1',
    'x2 Scaled up replica set web from 1 to 2',
    'x5 (combined from similar events): Scaled down replica set web from 1 to 0',
  ]);
  expect(shown).toHaveLength(10);
});
