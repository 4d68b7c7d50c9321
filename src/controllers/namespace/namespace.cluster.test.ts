import { expect, test } from 'vitest';
import { builtinKinds } from '../../api/kinds.ts';
import { CONFIG_MAPS, DEPLOYMENTS, NAMESPACES, PODS, SERVICE_ACCOUNTS } from '../../client/resources.ts';
import type { Deployment } from '../../generated/apps-v1.ts';
import type { ConfigMap, Namespace, Pod, ServiceAccount } from '../../generated/core-v1.ts';
import { startControllerCluster } from '../../testing/controller-cluster.ts';

const namespace = (name: string): Namespace => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
  spec: {},
});

test('every namespace gets the ServiceAccount default and the root CA, and gets them back', async () => {
  await using cluster = await startControllerCluster();
  const maps = cluster.client.resource<ConfigMap>(CONFIG_MAPS);
  const accounts = cluster.client.resource<ServiceAccount>(SERVICE_ACCOUNTS);
  await cluster.client.resource<Namespace>(NAMESPACES).create(namespace('team'));
  await cluster.clock.advance(1_000);
  expect((await maps.get({ namespace: 'team', name: 'kube-root-ca.crt' })).data).toEqual({
    'ca.crt': 'test CA',
  });
  await maps.delete({ namespace: 'team', name: 'kube-root-ca.crt' });
  await accounts.delete({ namespace: 'team', name: 'default' });
  await maps.patch(
    { namespace: 'default', name: 'kube-root-ca.crt' },
    { type: 'merge', body: { data: { 'ca.crt': 'forged' } } },
  );
  await cluster.clock.advance(1_000);
  expect((await maps.get({ namespace: 'team', name: 'kube-root-ca.crt' })).data).toEqual({
    'ca.crt': 'test CA',
  });
  expect((await maps.get({ namespace: 'default', name: 'kube-root-ca.crt' })).data).toEqual({
    'ca.crt': 'test CA',
  });
  await accounts.get({ namespace: 'team', name: 'default' });
});

test('deleting a namespace deletes everything in it, of every kind, and then the namespace', async () => {
  await using cluster = await startControllerCluster();
  const namespaces = cluster.client.resource<Namespace>(NAMESPACES);
  await namespaces.create(namespace('team'));
  await cluster.client.resource<Deployment>(DEPLOYMENTS).create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'team', name: 'web' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'c', image: 'i' }], terminationGracePeriodSeconds: 2 },
      },
    },
  });
  await cluster.clock.advance(5_000);
  expect(await cluster.list<Pod>(PODS, 'team')).toHaveLength(3);
  await namespaces.delete({ name: 'team' });
  await cluster.clock.advance(500);
  const terminating = await namespaces.get({ name: 'team' });
  expect(terminating.status?.phase).toBe('Terminating');
  expect(
    terminating.status?.conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`),
  ).toEqual([
    'NamespaceDeletionDiscoveryFailure False ResourcesDiscovered',
    'NamespaceDeletionGroupVersionParsingFailure False ParsedGroupVersions',
    'NamespaceDeletionContentFailure False ContentDeleted',
    'NamespaceContentRemaining True SomeResourcesRemain',
    'NamespaceFinalizersRemaining False ContentHasNoFinalizers',
  ]);
  expect(terminating.status?.conditions?.[3]?.message).toContain('pods. has 3 resource instances');
  await cluster.clock.advance(10_000);
  await expect(namespaces.get({ name: 'team' })).rejects.toMatchObject({ reason: 'NotFound' });
  for (const kind of builtinKinds) {
    if (!kind.namespaced || (kind.verbs && !kind.verbs.includes('list'))) continue;
    const resource = { group: kind.group, version: kind.version, resource: kind.plural };
    expect(await cluster.list(resource, 'team')).toEqual([]);
  }
});

test('a finalizer of an object holds the namespace, which says so', async () => {
  await using cluster = await startControllerCluster();
  const namespaces = cluster.client.resource<Namespace>(NAMESPACES);
  const maps = cluster.client.resource<ConfigMap>(CONFIG_MAPS);
  await namespaces.create(namespace('team'));
  await maps.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'team', name: 'kept', finalizers: ['example.com/hold'] },
  });
  await namespaces.delete({ name: 'team' });
  await cluster.clock.advance(60_000);
  const { status } = await namespaces.get({ name: 'team' });
  expect(status?.conditions?.find(({ type }) => type === 'NamespaceFinalizersRemaining')).toMatchObject({
    status: 'True',
    reason: 'SomeFinalizersRemain',
    message:
      'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
  });
  await maps.patch(
    { namespace: 'team', name: 'kept' },
    { type: 'merge', body: { metadata: { finalizers: null } } },
  );
  await cluster.clock.advance(1_000);
  await expect(namespaces.get({ name: 'team' })).rejects.toMatchObject({ reason: 'NotFound' });
});
