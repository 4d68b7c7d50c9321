import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Service } from '../generated/core-v1.ts';
import type { Endpoint, EndpointSlice } from '../generated/discovery-v1.ts';
import { lookUpCluster, type ZoneOptions } from './cluster-lookup.ts';
import { type ClusterView, clusterAddresses } from './cluster-view.ts';
import type { Lookup } from './record.ts';

const zone: ZoneOptions = { zone: 'cluster.local', ttl: 5, serverAddresses: ['10.96.0.10'], serial: 1 };

const service = (name: string, spec: Partial<Service['spec']>): Service => ({
  metadata: { namespace: 'default', name },
  spec: { ports: [{ name: 'http', port: 80 }], ...spec },
});
const slice = (name: string, endpoints: readonly Endpoint[], type = 'IPv4'): EndpointSlice => ({
  metadata: { namespace: 'default', name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
  addressType: type,
  endpoints: [...endpoints],
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
});

function viewOf(services: readonly Service[], slices: readonly EndpointSlice[] = []): ClusterView {
  const has = (one: EndpointSlice, name: string) =>
    one.metadata.labels?.['kubernetes.io/service-name'] === name;
  return {
    hasNamespace: name => name === 'default',
    service: (namespace, name) =>
      services.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name),
    slices: (_, name) => slices.filter(one => has(one, name)),
    servicesWithAddress: address => services.filter(one => clusterAddresses(one).includes(address)),
    slicesWithAddress: address =>
      slices.filter(one => one.endpoints?.some(({ addresses }) => addresses.includes(address))),
  };
}

const view = viewOf(
  [
    service('web', { clusterIP: '10.96.0.5', clusterIPs: ['10.96.0.5', 'fd00:96::5'] }),
    service('pets', { clusterIP: 'None' }),
    service('empty', { clusterIP: 'None' }),
    service('plain', { clusterIP: '10.96.0.6', ports: [{ port: 80 }] }),
    service('docs', { type: 'ExternalName', externalName: 'www.example.com' }),
  ],
  [
    slice('pets', [
      { addresses: ['10.244.0.2'], hostname: 'pet-0' },
      { addresses: ['10.244.0.3'] },
      { addresses: ['10.244.0.4'], hostname: 'pet-2', conditions: { ready: false } },
    ]),
    slice('pets', [{ addresses: ['fd00:244::2'], hostname: 'pet-0' }], 'IPv6'),
    slice('web', [{ addresses: ['10.244.0.9'] }]),
    slice('empty', [{ addresses: ['10.244.0.8'], conditions: { ready: false } }]),
  ],
);

const ask = (name: string, type = 'A') => lookUpCluster({ name, type }, view, zone);
/** Answers in short: 'A 10.96.0.5', or the kind of no answer. */
function short(lookup: Lookup): readonly string[] | string {
  if (lookup.kind === 'nodata' || lookup.kind === 'nxdomain' || lookup.kind === 'foreign') return lookup.kind;
  return lookup.answers.map(
    ({ name: _name, ttl: _ttl, type, ...data }) => `${type} ${Object.values(data).join(' ')}`,
  );
}
const svc = (name: string) => `${name}.default.svc.cluster.local`;

test('a service has its cluster IP, by family, whatever the case of the question', () => {
  expect(ask(svc('web'))).toEqual({
    kind: 'answer',
    answers: [{ name: svc('web'), ttl: 5, type: 'A', address: '10.96.0.5' }],
  });
  expect(short(ask(svc('web'), 'AAAA'))).toEqual(['AAAA fd00:96::5']);
  expect(ask('WeB.Default.SVC.cluster.LOCAL')).toMatchObject({
    answers: [{ name: 'WeB.Default.SVC.cluster.LOCAL', address: '10.96.0.5' }],
  });
  expect(short(ask(svc('plain'), 'AAAA'))).toBe('nodata');
  expect(short(ask(svc('web'), 'MX'))).toBe('nodata');
  expect(short(ask(svc('web'), 'ANY'))).toEqual(['A 10.96.0.5', 'AAAA fd00:96::5']);
});

test('a named port has an SRV record with the address beside it, an unnamed port has none', () => {
  const lookup = ask(`_http._tcp.${svc('web')}`, 'SRV');
  expect(short(lookup)).toEqual([`SRV 0 100 80 ${svc('web')}`]);
  expect(lookup).toMatchObject({
    additionals: [
      { type: 'A', name: svc('web'), address: '10.96.0.5' },
      { type: 'AAAA', name: svc('web'), address: 'fd00:96::5' },
    ],
  });
  expect(short(ask(`_http._tcp.${svc('web')}`, 'A'))).toBe('nodata');
  expect(short(ask(`_tcp.${svc('web')}`, 'SRV'))).toBe('nodata');
  for (const none of [`_http._udp.${svc('web')}`, `_https._tcp.${svc('web')}`, `_._tcp.${svc('plain')}`]) {
    expect(short(ask(none, 'SRV'))).toBe('nxdomain');
  }
});

test('a headless service has its ready endpoints, together and by hostname', () => {
  expect(short(ask(svc('pets')))).toEqual(['A 10.244.0.2', 'A 10.244.0.3']);
  expect(short(ask(svc('pets'), 'AAAA'))).toEqual(['AAAA fd00:244::2']);
  expect(short(ask(`pet-0.${svc('pets')}`))).toEqual(['A 10.244.0.2']);
  expect(short(ask(`pet-0.${svc('pets')}`, 'AAAA'))).toEqual(['AAAA fd00:244::2']);
  expect(short(ask(`10-244-0-3.${svc('pets')}`))).toEqual(['A 10.244.0.3']);
  expect(short(ask(`10-244-0-3.${svc('pets')}`, 'AAAA'))).toBe('nodata');
  expect(short(ask(`pet-2.${svc('pets')}`))).toBe('nxdomain');
  expect(short(ask(`_http._tcp.${svc('pets')}`, 'SRV'))).toEqual([
    `SRV 0 50 8080 pet-0.${svc('pets')}`,
    `SRV 0 50 8080 10-244-0-3.${svc('pets')}`,
  ]);
});

test('a headless service without ready endpoints is not there', () => {
  expect(short(ask(svc('empty')))).toBe('nxdomain');
});

test('only headless services have names for their endpoints', () => {
  expect(short(ask(`10-244-0-9.${svc('web')}`))).toBe('nxdomain');
});

test('an external name is an alias', () => {
  expect(ask(svc('docs'))).toMatchObject({ kind: 'alias', target: 'www.example.com' });
  expect(short(ask(svc('docs'), 'CNAME'))).toEqual(['CNAME www.example.com']);
  expect(short(ask(`_http._tcp.${svc('docs')}`, 'SRV'))).toBe('nxdomain');
});

test('a pod name is the address in it, in namespaces that are there', () => {
  expect(short(ask('10-244-0-5.default.pod.cluster.local'))).toEqual(['A 10.244.0.5']);
  expect(short(ask('10-244-0-5.default.pod.cluster.local', 'AAAA'))).toBe('nodata');
  expect(short(ask('fd00-244--5.default.pod.cluster.local', 'AAAA'))).toEqual(['AAAA fd00:244::5']);
  expect(short(ask('10-244-0-5.nowhere.pod.cluster.local'))).toBe('nxdomain');
  expect(short(ask('10-244-0-256.default.pod.cluster.local'))).toBe('nxdomain');
  expect(short(ask('x.10-244-0-5.default.pod.cluster.local'))).toBe('nxdomain');
});

test('names on the way to others exist without records, all other names of the zone do not', () => {
  for (const name of ['svc', 'default.svc', 'pod', 'default.pod', 'dns']) {
    expect(short(ask(`${name}.cluster.local`))).toBe('nodata');
  }
  for (const name of [
    'nowhere.svc',
    'absent.default.svc',
    'www.google.com',
    'x.y.z.web.default.svc',
    'local',
  ]) {
    expect(short(ask(`${name}.cluster.local`))).toBe('nxdomain');
  }
});

test('the zone says its schema, its authority and its server', () => {
  expect(short(ask('dns-version.cluster.local', 'TXT'))).toEqual(['TXT 1.1.0']);
  expect(short(ask('dns-version.cluster.local', 'A'))).toBe('nodata');
  expect(short(ask('cluster.local', 'SOA'))).toMatchObject([
    expect.stringContaining('SOA ns.dns.cluster.local'),
  ]);
  expect(short(ask('cluster.local', 'NS'))).toEqual(['NS ns.dns.cluster.local']);
  expect(short(ask('ns.dns.cluster.local'))).toEqual(['A 10.96.0.10']);
});

test('reverse names lead to services and to endpoints of headless services, others elsewhere', () => {
  const reverse = (address: string) => `${address.split('.').reverse().join('.')}.in-addr.arpa`;
  expect(short(ask(reverse('10.96.0.5'), 'PTR'))).toEqual([`PTR ${svc('web')}`]);
  expect(short(ask(reverse('10.244.0.2'), 'PTR'))).toEqual([`PTR pet-0.${svc('pets')}`]);
  expect(short(ask(reverse('10.244.0.9'), 'PTR'))).toBe('foreign');
  expect(short(ask(reverse('10.244.0.4'), 'PTR'))).toBe('foreign');
  const address = '5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.0.0.0.0.d.f.ip6.arpa';
  expect(short(ask(address, 'PTR'))).toEqual([`PTR ${svc('web')}`]);
  for (const other of [
    'in-addr.arpa',
    '5.0.96.10.x.in-addr.arpa',
    '1.2.3.in-addr.arpa',
    '300.0.96.10.in-addr.arpa',
  ]) {
    expect(short(ask(other, 'PTR'))).toBe('foreign');
  }
});

test('names outside of the zone are not ours, however they end', () => {
  for (const name of ['example.com', 'local', 'xcluster.local', 'cluster.local.example.com', '']) {
    expect(short(ask(name))).toBe('foreign');
  }
});

test('any name gets some answer, and inside of the zone never one from elsewhere', () => {
  const label = fc.oneof(
    fc.constantFrom(
      'web',
      'pets',
      'default',
      'svc',
      'pod',
      'dns',
      '_http',
      '_tcp',
      '10-244-0-5',
      'pet-0',
      '',
    ),
    fc.string({ maxLength: 20 }),
  );
  const types = fc.constantFrom('A', 'AAAA', 'SRV', 'PTR', 'TXT', 'ANY', 'SOA', 'UNKNOWN_65');
  fc.assert(
    fc.property(fc.array(label, { maxLength: 6 }), types, (labels, type) => {
      const inside = [...labels, 'cluster', 'local'].join('.');
      expect(ask(inside, type).kind).not.toBe('foreign');
      const lookup = ask(labels.join('.'), type);
      if (lookup.kind === 'answer') {
        for (const answer of lookup.answers) expect(answer.name).toBe(labels.join('.'));
      }
    }),
    { numRuns: 2_000 },
  );
});
