/** Kinds made at run time are followed like the others by what concerns every kind. */
import { expect, test } from 'vitest';
import type { GroupVersionResource, KubeObject } from '../api/object.ts';
import { CONFIG_MAPS, CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES } from '../client/resources.ts';
import type { ConfigMap, Namespace } from '../generated/core-v1.ts';
import { type ControllerCluster, startControllerCluster } from '../testing/controller-cluster.ts';

const WIDGETS: GroupVersionResource = { group: 'example.com', version: 'v1', resource: 'widgets' };

const crd = (versions: readonly string[] = ['v1']) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: versions.map((name, index) => ({
      name,
      served: true,
      storage: index === 0,
      schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
    })),
  },
});

const widget = (name: string, namespace: string, metadata: Partial<KubeObject['metadata']> = {}) => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name, namespace, ...metadata },
});

const ownedBy = (owner: KubeObject, more: object = {}) => ({
  ownerReferences: [
    {
      apiVersion: owner.apiVersion ?? 'v1',
      kind: owner.kind ?? 'ConfigMap',
      name: owner.metadata.name ?? '',
      uid: owner.metadata.uid ?? '',
      ...more,
    },
  ],
});

async function start(versions?: readonly string[]) {
  const cluster = await startControllerCluster();
  await cluster.client.resource<KubeObject>(CUSTOM_RESOURCE_DEFINITIONS).create(crd(versions));
  await cluster.clock.advance(2_000);
  return Object.assign(cluster, {
    widgets: cluster.client.resource<KubeObject>(WIDGETS),
    maps: cluster.client.resource<ConfigMap>(CONFIG_MAPS),
  });
}

const map = (name: string, more: Partial<KubeObject['metadata']> = {}): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', ...more },
});

const names = async (cluster: ControllerCluster, resource: GroupVersionResource, namespace = 'default') =>
  (await cluster.list(resource, namespace)).map(object => object.metadata.name);

test('garbage collection: custom resources own, and are owned', async () => {
  await using cluster = await start(['v1', 'v1beta1']);
  const { widgets, maps } = cluster;
  const top = await widgets.create(widget('top', 'default'));
  const middle = await maps.create(map('middle', ownedBy(top)));
  await widgets.create(widget('bottom', 'default', ownedBy({ ...middle, kind: 'ConfigMap' })));
  await cluster.clock.advance(2_000);
  expect(await names(cluster, WIDGETS)).toEqual(['bottom', 'top']);
  await widgets.delete({ namespace: 'default', name: 'top' });
  await cluster.clock.advance(5_000);
  expect(await names(cluster, WIDGETS)).toEqual([]);
  expect(await names(cluster, CONFIG_MAPS)).not.toContain('middle');
});

test('foreground: a custom resource stays until what it owns is gone', async () => {
  await using cluster = await start();
  const { widgets, maps } = cluster;
  const top = await widgets.create(widget('top', 'default'));
  await maps.create(
    map('held', { ...ownedBy(top, { blockOwnerDeletion: true }), finalizers: ['example.com/hold'] }),
  );
  await cluster.clock.advance(2_000);
  await widgets.delete({ namespace: 'default', name: 'top' }, { propagationPolicy: 'Foreground' });
  await cluster.clock.advance(5_000);
  expect(await names(cluster, WIDGETS)).toEqual(['top']);
  await maps.patch(
    { namespace: 'default', name: 'held' },
    { type: 'merge', body: { metadata: { finalizers: null } } },
  );
  await cluster.clock.advance(5_000);
  expect(await names(cluster, WIDGETS)).toEqual([]);
});

test('a deleted namespace takes its custom resources with it', async () => {
  await using cluster = await start();
  const namespaces = cluster.client.resource<Namespace>(NAMESPACES);
  await namespaces.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' }, spec: {} });
  await cluster.widgets.create(widget('held', 'team', { finalizers: ['example.com/hold'] }));
  await namespaces.delete({ name: 'team' });
  await cluster.clock.advance(10_000);
  const { status } = await namespaces.get({ name: 'team' });
  expect(status?.conditions?.map(c => c.message)).toContainEqual(
    expect.stringContaining('example.com/hold in 1 resource instances'),
  );
  await cluster.widgets.patch(
    { namespace: 'team', name: 'held' },
    { type: 'merge', body: { metadata: { finalizers: null } } },
  );
  await cluster.clock.advance(10_000);
  expect(await names(cluster, NAMESPACES)).not.toContain('team');
});

test('a kind that comes back is followed again', async () => {
  await using cluster = await start();
  const definitions = cluster.client.resource<KubeObject>(CUSTOM_RESOURCE_DEFINITIONS);
  await cluster.widgets.create(widget('first', 'default'));
  await definitions.delete({ name: 'widgets.example.com' });
  await cluster.clock.advance(20_000);
  await definitions.create(crd());
  await cluster.clock.advance(20_000);
  const top = await cluster.widgets.create(widget('top', 'default'));
  await cluster.maps.create(map('owned', ownedBy(top)));
  await cluster.clock.advance(2_000);
  await cluster.widgets.delete({ namespace: 'default', name: 'top' });
  await cluster.clock.advance(40_000);
  expect(await names(cluster, CONFIG_MAPS)).not.toContain('owned');
});
