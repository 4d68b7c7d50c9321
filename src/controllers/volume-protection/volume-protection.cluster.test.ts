import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import type { Client } from '../../client/contract.ts';
import {
  NAMESPACES,
  PERSISTENT_VOLUME_CLAIMS,
  PERSISTENT_VOLUMES,
  PODS,
  VOLUME_ATTRIBUTES_CLASSES,
} from '../../client/resources.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../generated/core-v1.ts';
import type { VolumeAttributesClass } from '../../generated/storage-v1.ts';
import { startControllerCluster } from '../../testing/controller-cluster.ts';
import { planFinalizers } from './protection.ts';

const claim = (
  name: string,
  spec: PersistentVolumeClaim['spec'] = {},
  namespace = 'default',
): PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { namespace, name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
});

const pod = (name: string, claimName: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'default', name },
  spec: {
    containers: [{ name: 'c', image: 'i' }],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
  },
});

const volume: PersistentVolume = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'v' },
  spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/v' } },
};

const vac: VolumeAttributesClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'VolumeAttributesClass',
  metadata: { name: 'gold' },
  driverName: 'csi.example.com',
  parameters: { iops: '100' },
};

const names = (objects: readonly KubeObject[]) => objects.map(o => o.metadata.name);

test('an unused claim is deleted at once, one that a pod uses when the pod is gone', async () => {
  await using cluster = await startControllerCluster();
  const claims = cluster.client.resource<PersistentVolumeClaim>(PERSISTENT_VOLUME_CLAIMS);
  const pods = cluster.client.resource<Pod>(PODS);
  const created = await claims.create(claim('used'));
  expect(created.metadata.finalizers).toEqual(['kubernetes.io/pvc-protection']);
  await claims.create(claim('unused'));
  await pods.create(pod('p', 'used'));
  await cluster.clock.advance(2_000);
  for (const name of ['used', 'unused']) await claims.delete({ namespace: 'default', name });
  await cluster.clock.advance(60_000);
  expect(names(await cluster.list(PERSISTENT_VOLUME_CLAIMS))).toEqual(['used']);
  await pods.delete({ namespace: 'default', name: 'p' });
  await cluster.clock.advance(60_000);
  expect(await cluster.list(PERSISTENT_VOLUME_CLAIMS)).toEqual([]);
});

test('a bound volume stays until it is released', async () => {
  await using cluster = await startControllerCluster();
  const volumes = cluster.client.resource<PersistentVolume>(PERSISTENT_VOLUMES);
  await setPhase(cluster.client, await volumes.create(volume), 'Bound');
  await volumes.delete({ name: 'v' });
  await cluster.clock.advance(10_000);
  await setPhase(cluster.client, await volumes.get({ name: 'v' }), 'Released');
  await cluster.clock.advance(10_000);
  expect(await cluster.list(PERSISTENT_VOLUMES)).toEqual([]);
});

const setPhase = (client: Client, v: PersistentVolume, phase: string) =>
  client
    .resource<PersistentVolume>(PERSISTENT_VOLUMES)
    .updateStatus({ ...v, status: { ...v.status, phase } });

test('a volume attributes class stays while a claim asks for it', async () => {
  await using cluster = await startControllerCluster();
  const claims = cluster.client.resource<PersistentVolumeClaim>(PERSISTENT_VOLUME_CLAIMS);
  await cluster.client.resource<VolumeAttributesClass>(VOLUME_ATTRIBUTES_CLASSES).create(vac);
  await claims.create(claim('c', { volumeAttributesClassName: 'gold' }));
  await cluster.client.resource(VOLUME_ATTRIBUTES_CLASSES).delete({ name: 'gold' });
  await cluster.clock.advance(10_000);
  expect(names(await cluster.list(VOLUME_ATTRIBUTES_CLASSES))).toEqual(['gold']);
  await claims.delete({ namespace: 'default', name: 'c' });
  await cluster.clock.advance(10_000);
  expect(await cluster.list(VOLUME_ATTRIBUTES_CLASSES)).toEqual([]);
});

test('a namespace with claims can be deleted', async () => {
  await using cluster = await startControllerCluster();
  const namespaces = cluster.client.resource(NAMESPACES);
  await namespaces.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
  await cluster.client.resource(PERSISTENT_VOLUME_CLAIMS).create(claim('c', {}, 'team'));
  await namespaces.delete({ name: 'team' });
  await cluster.clock.advance(60_000);
  expect(names(await cluster.list(NAMESPACES))).not.toContain('team');
});

test('a finalizer that is missing is added; others are kept', () => {
  const object = { apiVersion: 'v1', kind: 'X', metadata: { finalizers: ['a/b'] } };
  expect(planFinalizers(object, 'f', false)).toEqual(['a/b', 'f']);
  const ending = { ...object, metadata: { finalizers: ['a/b', 'f'], deletionTimestamp: 'now' } };
  expect(planFinalizers(ending, 'f', true)).toBeUndefined();
  expect(planFinalizers(ending, 'f', false)).toEqual(['a/b']);
});
