import { expect, test } from 'vitest';
import { ENDPOINT_SLICES, ENDPOINTS, SERVICES } from '../../client/resources.ts';
import type { EndpointSubset, Endpoints, Service } from '../../generated/core-v1.ts';
import type { EndpointSlice } from '../../generated/discovery-v1.ts';
import { type ControllerCluster, startControllerCluster } from '../../testing/controller-cluster.ts';
import { planMirror } from './mirror-plan.ts';

const db = { namespace: 'default', name: 'db' };
const service = (selector?: Record<string, string>): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { ...db },
  spec: { ports: [{ port: 5432 }], ...(selector ? { selector } : {}) },
});
const endpoints = (subsets: EndpointSubset[], metadata: Endpoints['metadata'] = {}): Endpoints => ({
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: { ...db, ...metadata },
  subsets,
});
const ONE: EndpointSubset = { addresses: [{ ip: '192.0.2.1' }], ports: [{ port: 5432 }] };

const mirrors = async (cluster: ControllerCluster) =>
  (await cluster.list<EndpointSlice>(ENDPOINT_SLICES, 'default')).filter(
    slice =>
      slice.metadata.labels?.['endpointslice.kubernetes.io/managed-by'] ===
      'endpointslicemirroring-controller.k8s.io',
  );

async function started() {
  const cluster = await startControllerCluster();
  const services = cluster.client.resource<Service>(SERVICES);
  const source = cluster.client.resource<Endpoints>(ENDPOINTS);
  return { cluster, services, source };
}

test('Endpoints made by hand are mirrored through create, update and delete', async () => {
  const { cluster, services, source } = await started();
  await using _ = cluster;
  await services.create(service());
  await source.create(endpoints([ONE], { labels: { tier: 'db' }, annotations: { note: 'x' } }));
  await cluster.clock.settle();
  const [slice, ...others] = await mirrors(cluster);
  expect(others).toEqual([]);
  expect(slice).toMatchObject({
    metadata: {
      name: expect.stringMatching(/^db-/),
      labels: { tier: 'db', 'kubernetes.io/service-name': 'db' },
      annotations: { note: 'x' },
      ownerReferences: [{ kind: 'Endpoints', name: 'db', controller: true }],
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['192.0.2.1'], conditions: { ready: true } }],
    ports: [{ name: '', port: 5432, protocol: 'TCP' }],
  });
  const subsets = [
    { ...ONE, addresses: [{ ip: '192.0.2.2', hostname: 'two' }], notReadyAddresses: [{ ip: '192.0.2.3' }] },
  ];
  await source.patch(db, { type: 'merge', body: { subsets } });
  await cluster.clock.settle();
  const [changed] = await mirrors(cluster);
  expect(changed?.metadata.name).toBe(slice?.metadata.name);
  expect(changed?.endpoints).toEqual([
    { addresses: ['192.0.2.2'], conditions: { ready: true }, hostname: 'two' },
    { addresses: ['192.0.2.3'], conditions: { ready: false } },
  ]);
  // Settled: nothing is written again.
  await cluster.clock.advance(60_000);
  expect((await mirrors(cluster))[0]?.metadata.resourceVersion).toBe(changed?.metadata.resourceVersion);
  await source.delete(db);
  await cluster.clock.settle();
  expect(await mirrors(cluster)).toEqual([]);
});

test('nothing is mirrored for a Service with a selector, without a Service, or when it is not wanted', async () => {
  const { cluster, services, source } = await started();
  await using _ = cluster;
  await source.create(endpoints([ONE]));
  await cluster.clock.settle();
  expect(await mirrors(cluster)).toEqual([]);
  await services.create(service());
  await cluster.clock.settle();
  expect(await mirrors(cluster)).toHaveLength(1);
  const label = (value: string | null) =>
    source.patch(db, {
      type: 'merge',
      body: { metadata: { labels: { 'endpointslice.kubernetes.io/skip-mirror': value } } },
    });
  await label('true');
  await cluster.clock.settle();
  expect(await mirrors(cluster)).toEqual([]);
  await label(null);
  await cluster.clock.settle();
  expect(await mirrors(cluster)).toHaveLength(1);
  await services.patch(db, { type: 'merge', body: { spec: { selector: { app: 'db' } } } });
  await cluster.clock.settle();
  expect(await mirrors(cluster)).toEqual([]);
});

test('families and sets of ports have slices of their own, which follow the ports', () => {
  const both = [{ ip: '192.0.2.1' }, { ip: '2001:DB8::1' }, { ip: 'nonsense' }];
  const plan = planMirror(endpoints([{ addresses: both, ports: [{ name: 'a', port: 1 }] }, ONE]), []);
  expect(
    plan.create.map(slice => [slice.addressType, slice.ports?.[0]?.port, slice.endpoints?.[0]?.addresses]),
  ).toEqual([
    ['IPv4', 1, ['192.0.2.1']],
    ['IPv6', 1, ['2001:db8::1']],
    ['IPv4', 5432, ['192.0.2.1']],
  ]);
  expect([plan.invalid, plan.skipped]).toEqual([1, 0]);
  const [first, second] = plan.create;
  if (!first || !second) throw new Error('no slices');
  const next = planMirror(endpoints([{ ...ONE, ports: [{ name: 'b', port: 2 }] }]), [first, second]);
  expect([next.create.length, next.update.map(s => s.ports?.[0]?.name), next.remove]).toEqual([
    0,
    ['b'],
    [second],
  ]);
});

test('of a subset with very many addresses only the first thousand are mirrored', () => {
  const addresses = Array.from({ length: 1_005 }, (_, i) => ({ ip: `10.0.${i >> 8}.${i & 255}` }));
  const plan = planMirror(endpoints([{ ...ONE, addresses }]), []);
  expect([plan.create[0]?.endpoints?.length, plan.skipped]).toEqual([1_000, 5]);
});
