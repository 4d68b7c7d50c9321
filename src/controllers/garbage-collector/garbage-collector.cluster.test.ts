import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { CONFIG_MAPS, DEPLOYMENTS, PODS, REPLICA_SETS } from '../../client/resources.ts';
import type { Deployment, ReplicaSet } from '../../generated/apps-v1.ts';
import type { ConfigMap, Pod } from '../../generated/core-v1.ts';
import { type ControllerCluster, startControllerCluster } from '../../testing/controller-cluster.ts';

const web = { namespace: 'default', name: 'web' };

async function runningDeployment(cluster: ControllerCluster): Promise<void> {
  await cluster.client.resource<Deployment>(DEPLOYMENTS).create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...web },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'c', image: 'i' }], terminationGracePeriodSeconds: 2 },
      },
    },
  });
  await cluster.clock.advance(5_000);
}

const counts = async (cluster: ControllerCluster) => ({
  deployments: (await cluster.list(DEPLOYMENTS, 'default')).length,
  sets: (await cluster.list(REPLICA_SETS, 'default')).length,
  pods: (await cluster.list(PODS, 'default')).length,
});

function configMap(name: string, owners: readonly KubeObject[] = [], block = false): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      namespace: 'default',
      name,
      ownerReferences: owners.map(owner => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        name: owner.metadata.name ?? '',
        uid: owner.metadata.uid ?? '',
        blockOwnerDeletion: block,
      })),
    },
  };
}

test('background: the owner goes at once, what it owns follows', async () => {
  await using cluster = await startControllerCluster();
  await runningDeployment(cluster);
  await cluster.client.resource<Deployment>(DEPLOYMENTS).delete(web);
  expect((await counts(cluster)).deployments).toBe(0);
  await cluster.clock.advance(10_000);
  expect(await counts(cluster)).toEqual({ deployments: 0, sets: 0, pods: 0 });
});

test('foreground: the owner stays until everything under it is gone', async () => {
  await using cluster = await startControllerCluster();
  await runningDeployment(cluster);
  await cluster.client.resource<Deployment>(DEPLOYMENTS).delete(web, { propagationPolicy: 'Foreground' });
  await cluster.clock.advance(1_000);
  expect(await counts(cluster)).toEqual({ deployments: 1, sets: 1, pods: 2 });
  expect((await cluster.list<Pod>(PODS, 'default')).every(pod => pod.metadata.deletionTimestamp)).toBe(true);
  await cluster.clock.advance(10_000);
  expect(await counts(cluster)).toEqual({ deployments: 0, sets: 0, pods: 0 });
});

test('orphan: what it owned stays, without its reference', async () => {
  await using cluster = await startControllerCluster();
  await runningDeployment(cluster);
  await cluster.client.resource<Deployment>(DEPLOYMENTS).delete(web, { propagationPolicy: 'Orphan' });
  await cluster.clock.advance(60_000);
  expect(await counts(cluster)).toEqual({ deployments: 0, sets: 1, pods: 2 });
  const [set] = await cluster.list<ReplicaSet>(REPLICA_SETS, 'default');
  expect(set?.metadata.ownerReferences ?? []).toEqual([]);
});

test('an object goes when the last of its owners has gone, not before', async () => {
  await using cluster = await startControllerCluster();
  const maps = cluster.client.resource<ConfigMap>(CONFIG_MAPS);
  const a = await maps.create(configMap('a'));
  const b = await maps.create(configMap('b'));
  await maps.create(configMap('child', [a, b]));
  await maps.delete({ namespace: 'default', name: 'a' });
  await cluster.clock.advance(5_000);
  const child = await maps.get({ namespace: 'default', name: 'child' });
  expect(child.metadata.ownerReferences?.map(owner => owner.name)).toEqual(['b']);
  await maps.delete({ namespace: 'default', name: 'b' });
  await cluster.clock.advance(5_000);
  await expect(maps.get({ namespace: 'default', name: 'child' })).rejects.toMatchObject({
    reason: 'NotFound',
  });
});

test('an object made with an owner that never was is deleted', async () => {
  await using cluster = await startControllerCluster();
  const maps = cluster.client.resource<ConfigMap>(CONFIG_MAPS);
  await maps.create(configMap('child', [{ metadata: { name: 'ghost', uid: 'no-such-uid' } }]));
  await cluster.clock.advance(5_000);
  await expect(maps.get({ namespace: 'default', name: 'child' })).rejects.toMatchObject({
    reason: 'NotFound',
  });
});

test('an owner of the same name but another uid is another object', async () => {
  await using cluster = await startControllerCluster();
  const maps = cluster.client.resource<ConfigMap>(CONFIG_MAPS);
  await maps.create(configMap('owner'));
  await maps.create(configMap('child', [{ metadata: { name: 'owner', uid: 'the-one-before' } }]));
  await cluster.clock.advance(5_000);
  expect((await maps.list({ namespace: 'default' })).items.map(map => map.metadata.name)).toEqual([
    'kube-root-ca.crt',
    'owner',
  ]);
});

test('a circle of owners that is deleted in the foreground ends', async () => {
  await using cluster = await startControllerCluster();
  const maps = cluster.client.resource<ConfigMap>(CONFIG_MAPS);
  const a = await maps.create(configMap('a'));
  const b = await maps.create(configMap('b', [a], true));
  await maps.patch(
    { namespace: 'default', name: 'a' },
    {
      type: 'merge',
      body: { metadata: { ownerReferences: configMap('', [b], true).metadata.ownerReferences } },
    },
  );
  await maps.delete({ namespace: 'default', name: 'a' }, { propagationPolicy: 'Foreground' });
  await cluster.clock.advance(30_000);
  expect((await maps.list({ namespace: 'default' })).items.map(map => map.metadata.name)).toEqual([
    'kube-root-ca.crt',
  ]);
});
