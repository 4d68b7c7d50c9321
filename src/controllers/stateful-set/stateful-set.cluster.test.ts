import { expect, test } from 'vitest';
import { PERSISTENT_VOLUME_CLAIMS, PODS, STATEFUL_SETS } from '../../client/resources.ts';
import type { StatefulSet } from '../../generated/apps-v1.ts';
import type { PersistentVolumeClaim, Pod } from '../../generated/core-v1.ts';
import { type ControllerCluster, startControllerCluster } from '../../testing/controller-cluster.ts';
import { isReady } from '../pod-management/pod-state.ts';

const db = { namespace: 'default', name: 'db' };

const statefulSet = (spec: Partial<StatefulSet['spec']> = {}): StatefulSet => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { ...db },
  spec: {
    replicas: 3,
    serviceName: 'db',
    selector: { matchLabels: { app: 'db' } },
    template: {
      metadata: { labels: { app: 'db' } },
      spec: { containers: [{ name: 'c', image: 'v1' }], terminationGracePeriodSeconds: 2 },
    },
    ...spec,
  },
});

const sets = (cluster: ControllerCluster) => cluster.client.resource<StatefulSet>(STATEFUL_SETS);

async function setImage(cluster: ControllerCluster, image: string): Promise<void> {
  const body = { spec: { template: { spec: { containers: [{ name: 'c', image }] } } } };
  await sets(cluster).patch(db, { type: 'merge', body });
}

/** Names, with * for those that are ready and ! for those on their way out. */
async function look(cluster: ControllerCluster): Promise<string> {
  const pods = await cluster.list<Pod>(PODS, 'default');
  return pods
    .map(pod => `${pod.metadata.name}${pod.metadata.deletionTimestamp ? '!' : isReady(pod) ? '*' : ''}`)
    .join(' ');
}

test('pods are made one after another, each when the one before is ready', async () => {
  await using cluster = await startControllerCluster();
  await sets(cluster).create(statefulSet());
  const seen: string[] = [];
  for (let i = 0; i < 8; i++) {
    await cluster.clock.advance(500);
    const now = await look(cluster);
    if (seen.at(-1) !== now) seen.push(now);
  }
  expect(seen).toEqual(['db-0', 'db-0* db-1', 'db-0* db-1* db-2', 'db-0* db-1* db-2*']);
  const [pod] = await cluster.list<Pod>(PODS, 'default');
  expect(pod?.spec).toMatchObject({ hostname: 'db-0', subdomain: 'db' });
});

test('scaling down removes the highest first, one at a time', async () => {
  await using cluster = await startControllerCluster();
  await sets(cluster).create(statefulSet());
  await cluster.clock.advance(10_000);
  await sets(cluster).patch(db, { type: 'merge', body: { spec: { replicas: 1 } } });
  const seen: string[] = [];
  for (let i = 0; i < 12; i++) {
    await cluster.clock.advance(500);
    const now = await look(cluster);
    if (seen.at(-1) !== now) seen.push(now);
  }
  expect(seen).toEqual(['db-0* db-1* db-2!', 'db-0* db-1!', 'db-0*']);
});

test('Parallel waits for nobody', async () => {
  await using cluster = await startControllerCluster();
  await sets(cluster).create(statefulSet({ podManagementPolicy: 'Parallel' }));
  await cluster.clock.advance(100);
  expect(await look(cluster)).toBe('db-0 db-1 db-2');
});

test('an update goes from the highest ordinal down, and the names stay', async () => {
  await using cluster = await startControllerCluster();
  await sets(cluster).create(statefulSet());
  await cluster.clock.advance(10_000);
  await setImage(cluster, 'v2');
  const order: string[] = [];
  for (let i = 0; i < 60; i++) {
    await cluster.clock.advance(250);
    const going = (await cluster.list<Pod>(PODS, 'default')).filter(pod => pod.metadata.deletionTimestamp);
    expect(going.length).toBeLessThanOrEqual(1);
    const name = going[0]?.metadata.name;
    if (name && order.at(-1) !== name) order.push(name);
  }
  expect(order).toEqual(['db-2', 'db-1', 'db-0']);
  const { status } = await sets(cluster).get(db);
  expect(status).toMatchObject({ currentReplicas: 3, updatedReplicas: 3, availableReplicas: 3 });
  expect(status?.currentRevision).toBe(status?.updateRevision);
});

test('a partition keeps the lower ordinals as they were, even when they are made again', async () => {
  await using cluster = await startControllerCluster();
  await sets(cluster).create(
    statefulSet({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } }),
  );
  await cluster.clock.advance(10_000);
  await setImage(cluster, 'v2');
  await cluster.clock.advance(10_000);
  await cluster.client.resource<Pod>(PODS).delete({ namespace: 'default', name: 'db-0' });
  await cluster.clock.advance(10_000);
  const images = (await cluster.list<Pod>(PODS, 'default')).map(pod => pod.spec.containers[0]?.image);
  expect(images).toEqual(['v1', 'v1', 'v2']);
});

test('each pod has its own claims, which stay when it goes', async () => {
  await using cluster = await startControllerCluster();
  await sets(cluster).create(
    statefulSet({
      replicas: 2,
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        },
      ],
    }),
  );
  await cluster.clock.advance(10_000);
  await sets(cluster).patch(db, { type: 'merge', body: { spec: { replicas: 1 } } });
  await cluster.clock.advance(10_000);
  const claims = await cluster.list<PersistentVolumeClaim>(PERSISTENT_VOLUME_CLAIMS, 'default');
  expect(claims.map(claim => claim.metadata.name)).toEqual(['data-db-0', 'data-db-1']);
  const [pod] = await cluster.list<Pod>(PODS, 'default');
  expect(pod?.spec.volumes?.find(volume => volume.name === 'data')).toEqual({
    name: 'data',
    persistentVolumeClaim: { claimName: 'data-db-0' },
  });
});
