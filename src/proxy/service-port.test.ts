import { expect, test } from 'vitest';
import type { Service } from '../generated/core-v1.ts';
import type { Endpoint, EndpointSlice } from '../generated/discovery-v1.ts';
import { servicePorts } from './service-port.ts';

const node = { nodeName: 'n1', family: 'ip' } as const;

const service = (spec: Partial<Service['spec']>, status?: Service['status']): Service => ({
  metadata: { namespace: 'default', name: 'web' },
  spec: { clusterIP: '10.96.0.5', ports: [{ port: 80 }], ...spec },
  status,
});

const slice = (
  endpoints: Endpoint[],
  port: EndpointSlice['ports'] = [{ name: '', port: 8080 }],
): EndpointSlice => ({
  metadata: { namespace: 'default', name: 'web-abcde' },
  addressType: 'IPv4',
  endpoints,
  ports: port,
});

const endpoint = (
  ip: string,
  state: 'ready' | 'terminating' | 'starting' | 'gone',
  nodeName = 'n1',
): Endpoint => ({
  addresses: [ip],
  nodeName,
  conditions: {
    ready: state === 'ready',
    serving: state === 'ready' || state === 'terminating',
    terminating: state === 'terminating' || state === 'gone',
  },
});

const ips = (pool: { endpoints: readonly { ip: string }[] } | undefined) =>
  pool?.endpoints.map(({ ip }) => ip);

test('headless and ExternalName services and those of another proxy have no ports', () => {
  expect(servicePorts(service({ clusterIP: 'None' }), [], node)).toEqual([]);
  expect(servicePorts(service({ type: 'ExternalName', externalName: 'x.example' }), [], node)).toEqual([]);
  const foreign = service({});
  foreign.metadata.labels = { 'service.kubernetes.io/service-proxy-name': 'other' };
  expect(servicePorts(foreign, [], node)).toEqual([]);
});

test('only ready endpoints are used while there are any', () => {
  const [port] = servicePorts(
    service({}),
    [
      slice([
        endpoint('10.0.0.1', 'ready'),
        endpoint('10.0.0.2', 'terminating'),
        endpoint('10.0.0.3', 'starting'),
      ]),
    ],
    node,
  );
  expect(ips(port?.internal)).toEqual(['10.0.0.1']);
});

test('without ready endpoints those that serve while they terminate are used, and count as not ready', () => {
  const [port] = servicePorts(
    service({}),
    [
      slice([
        endpoint('10.0.0.2', 'terminating'),
        endpoint('10.0.0.3', 'starting'),
        endpoint('10.0.0.4', 'gone'),
      ]),
    ],
    node,
  );
  expect(port?.internal.endpoints).toEqual([{ ip: '10.0.0.2', port: 8080, local: true, ready: false }]);
});

test('absent conditions mean ready', () => {
  const [port] = servicePorts(service({}), [slice([{ addresses: ['192.0.2.2'] }])], node);
  expect(port?.internal.endpoints).toEqual([{ ip: '192.0.2.2', port: 8080, local: false, ready: true }]);
});

test('ports of a service and of its slices are matched by name and protocol', () => {
  const ports = servicePorts(
    service({
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP' },
        { name: 'dns-tcp', port: 53, protocol: 'TCP' },
      ],
    }),
    [
      slice(
        [endpoint('10.0.0.1', 'ready')],
        [
          { name: 'dns', port: 1053, protocol: 'UDP' },
          { name: 'dns-tcp', port: 2053, protocol: 'TCP' },
          { name: 'dns-tcp', port: 3053, protocol: 'UDP' },
        ],
      ),
    ],
    node,
  );
  expect(ports.map(({ id, protocol, internal }) => [id, protocol, internal.endpoints[0]?.port])).toEqual([
    ['default/web:dns', 'udp', 1053],
    ['default/web:dns-tcp', 'tcp', 2053],
  ]);
});

test('an endpoint in two slices is one endpoint, and ready when one of them says so', () => {
  const [port] = servicePorts(
    service({}),
    [slice([endpoint('10.0.0.1', 'starting')]), slice([endpoint('10.0.0.1', 'ready')])],
    node,
  );
  expect(ips(port?.internal)).toEqual(['10.0.0.1']);
});

test('policies Local see the endpoints of this node only, and stay silent when others have some', () => {
  const [port] = servicePorts(
    service({ internalTrafficPolicy: 'Local', externalTrafficPolicy: 'Local', type: 'NodePort' }),
    [slice([endpoint('10.0.0.1', 'ready', 'n2')])],
    node,
  );
  expect(port?.internal).toEqual({ endpoints: [], whenEmpty: 'drop' });
  expect(port?.externalLocal).toEqual({ endpoints: [], whenEmpty: 'drop' });
  expect(ips(port?.external)).toEqual(['10.0.0.1']);
});

test('a policy Local keeps a terminating endpoint of this node when the ready ones are elsewhere', () => {
  const [port] = servicePorts(
    service({ externalTrafficPolicy: 'Local' }),
    [slice([endpoint('10.0.0.1', 'ready', 'n2'), endpoint('10.0.0.2', 'terminating')])],
    node,
  );
  expect(ips(port?.externalLocal)).toEqual(['10.0.0.2']);
  expect(ips(port?.external)).toEqual(['10.0.0.1']);
});

test('balancer addresses count unless their balancer wants to be in the path', () => {
  const [port] = servicePorts(
    service(
      { type: 'LoadBalancer', externalIPs: ['203.0.113.1', '2001:db8::1'] },
      { loadBalancer: { ingress: [{ ip: '203.0.113.9' }, { ip: '203.0.113.8', ipMode: 'Proxy' }] } },
    ),
    [],
    node,
  );
  expect(port?.loadBalancerIPs).toEqual(['203.0.113.9']);
  expect(port?.externalIPs).toEqual(['203.0.113.1']);
});

test('each address family has the cluster IP and the slices of its own', () => {
  const both = service({ clusterIP: '10.96.0.5', clusterIPs: ['10.96.0.5', 'fd00:96::5'] });
  const v6: EndpointSlice = { ...slice([endpoint('fd00:244::7', 'ready')]), addressType: 'IPv6' };
  const [port] = servicePorts(both, [slice([endpoint('10.0.0.1', 'ready')]), v6], { ...node, family: 'ip6' });
  expect(port?.clusterIP).toBe('fd00:96::5');
  expect(ips(port?.internal)).toEqual(['fd00:244::7']);
});

test('hints are followed when all endpoints have them, nodes before zones, and else ignored', () => {
  const hinted = (ip: string, forNode: string | undefined, forZone: string): Endpoint => ({
    ...endpoint(ip, 'ready', 'n2'),
    hints: { forZones: [{ name: forZone }], ...(forNode ? { forNodes: [{ name: forNode }] } : {}) },
  });
  const inA = { ...node, zone: 'a' };
  const endpoints = (...all: Endpoint[]) => ips(servicePorts(service({}), [slice(all)], inA)[0]?.internal);
  expect(endpoints(hinted('10.0.0.1', 'n1', 'a'), hinted('10.0.0.2', 'n2', 'a'))).toEqual(['10.0.0.1']);
  expect(endpoints(hinted('10.0.0.1', undefined, 'a'), hinted('10.0.0.2', 'n2', 'b'))).toEqual(['10.0.0.1']);
  expect(endpoints(hinted('10.0.0.1', 'n3', 'b'), hinted('10.0.0.2', 'n2', 'b'))).toEqual([
    '10.0.0.1',
    '10.0.0.2',
  ]);
  expect(endpoints(hinted('10.0.0.1', 'n1', 'a'), endpoint('10.0.0.2', 'ready'))).toEqual([
    '10.0.0.1',
    '10.0.0.2',
  ]);
});
