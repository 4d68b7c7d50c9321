import { expect, test } from 'vitest';
import { ENDPOINT_SLICES, ENDPOINTS, PODS, SERVICES } from '../../client/resources.ts';
import type { Endpoints, Pod, Service } from '../../generated/core-v1.ts';
import type { EndpointSlice } from '../../generated/discovery-v1.ts';
import { startControllerCluster } from '../../testing/controller-cluster.ts';

const web = { namespace: 'default', name: 'web' };

const service = (spec: Partial<Service['spec']> = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { ...web },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec },
});

const pod = (name: string, spec: Partial<Pod['spec']> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'default', name, labels: { app: 'web' } },
  spec: { containers: [{ name: 'c', image: 'i' }], terminationGracePeriodSeconds: 2, ...spec },
});

const managed = (slices: readonly EndpointSlice[]) =>
  slices.filter(slice => slice.metadata.labels?.['kubernetes.io/service-name'] === 'web');

test('endpoints appear with a pod, become ready with it, and leave before it is gone', async () => {
  await using cluster = await startControllerCluster();
  const pods = cluster.client.resource<Pod>(PODS);
  const states: string[] = [];
  const look = async () => {
    const [slice] = managed(await cluster.list<EndpointSlice>(ENDPOINT_SLICES, 'default'));
    const { addresses, notReadyAddresses } =
      (await cluster.client.resource<Endpoints>(ENDPOINTS).get(web)).subsets?.[0] ?? {};
    const { ready, serving, terminating } = slice?.endpoints?.[0]?.conditions ?? {};
    states.push(
      `slice ${[ready && 'ready', serving && 'serving', terminating && 'terminating'].filter(Boolean).join('+') || (slice?.endpoints?.length ?? 0)}, endpoints ${addresses?.length ?? 0}/${notReadyAddresses?.length ?? 0}`,
    );
  };
  await cluster.client.resource<Service>(SERVICES).create(service());
  await cluster.clock.settle();
  await look();
  await pods.create(pod('web-1'));
  await cluster.clock.advance(500);
  await look();
  await cluster.clock.advance(1_000);
  await look();
  await pods.delete({ namespace: 'default', name: 'web-1' });
  await cluster.clock.advance(500);
  await look();
  await cluster.clock.advance(5_000);
  await look();
  expect(states).toEqual([
    'slice 0, endpoints 0/0',
    'slice 1, endpoints 0/1',
    'slice ready+serving, endpoints 1/0',
    'slice serving+terminating, endpoints 0/0',
    'slice 0, endpoints 0/0',
  ]);
});

test('one slice serves a Service through its life, written once for each change', async () => {
  await using cluster = await startControllerCluster();
  await cluster.client.resource<Service>(SERVICES).create(service());
  await cluster.clock.settle();
  await cluster.client.resource<Pod>(PODS).create(pod('web-1'));
  await cluster.clock.advance(5_000);
  const slices = managed(await cluster.list<EndpointSlice>(ENDPOINT_SLICES, 'default'));
  expect(slices).toHaveLength(1);
  expect(slices[0]?.metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  // Made empty, the pod's address, the pod's readiness.
  expect(slices[0]?.metadata.generation).toBe(3);
  expect(slices[0]?.metadata.annotations).toEqual({
    'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-01T00:00:01Z',
  });
});

test('a headless Service gives its pods their names', async () => {
  await using cluster = await startControllerCluster();
  await cluster.client.resource<Service>(SERVICES).create(service({ clusterIP: 'None' }));
  await cluster.client.resource<Pod>(PODS).create(pod('web-1', { hostname: 'one', subdomain: 'web' }));
  await cluster.clock.advance(5_000);
  const [slice] = managed(await cluster.list<EndpointSlice>(ENDPOINT_SLICES, 'default'));
  expect(slice?.metadata.labels).toMatchObject({ 'service.kubernetes.io/headless': '' });
  expect(slice?.endpoints?.[0]?.hostname).toBe('one');
});

test('publishNotReadyAddresses counts every pod as ready', async () => {
  await using cluster = await startControllerCluster({ readyAfterMs: () => undefined });
  await cluster.client.resource<Service>(SERVICES).create(service({ publishNotReadyAddresses: true }));
  await cluster.client.resource<Pod>(PODS).create(pod('web-1'));
  await cluster.clock.advance(5_000);
  const [slice] = managed(await cluster.list<EndpointSlice>(ENDPOINT_SLICES, 'default'));
  expect(slice?.endpoints?.[0]?.conditions).toEqual({ ready: true, serving: false, terminating: false });
});

test('what a Service leaves behind goes with it', async () => {
  await using cluster = await startControllerCluster();
  const services = cluster.client.resource<Service>(SERVICES);
  await services.create(service());
  await cluster.client.resource<Pod>(PODS).create(pod('web-1'));
  await cluster.clock.advance(5_000);
  await services.delete(web);
  await cluster.clock.advance(5_000);
  expect(managed(await cluster.list<EndpointSlice>(ENDPOINT_SLICES, 'default'))).toEqual([]);
  const names = (await cluster.list<Endpoints>(ENDPOINTS, 'default')).map(object => object.metadata.name);
  expect(names).not.toContain('web');
});
