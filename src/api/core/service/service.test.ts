import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Service, ServiceSpec } from '../../../generated/core-v1.ts';
import type { Family } from '../../validation/ip.ts';
import { settleAddresses } from './addresses.ts';
import { serviceColumns } from './columns.ts';
import { defaultService } from './defaults.ts';
import { dropFieldsOfOldType, validateServiceChange } from './update.ts';
import { validateService } from './validate.ts';
import { validateClusterIps } from './validate-cluster-ips.ts';

const make = (spec: ServiceSpec): Service => {
  const service = { metadata: { name: 's', namespace: 'n' }, spec: structuredClone(spec) };
  defaultService(service);
  return service;
};
/** A Service as it is stored. */
const stored = (spec: ServiceSpec): Service => {
  const service = make({ ports: [{ port: 80 }], ...spec });
  settleAddresses(service, undefined, ['IPv4']);
  if (service.spec?.type !== 'ExternalName' && !service.spec?.clusterIP) {
    service.spec = { ...service.spec, clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7'] };
  }
  return service;
};
const bodies = (service: Service) => validateService(service).map(e => `${e.field}: ${e.body}`);
const cells = (service: Service) => serviceColumns.map(c => c.cell(service, { nowMs: 0 }));

test('a manifest applied again gets back what was allocated', () => {
  const old = stored({ type: 'NodePort', ports: [{ name: 'a', port: 80, nodePort: 30_001 }] });
  const next = make({ type: 'NodePort', ports: [{ name: 'a', port: 81 }] });
  expect(settleAddresses(next, old, ['IPv4'])).toEqual([]);
  expect(next.spec).toMatchObject({
    clusterIP: '10.96.0.7',
    clusterIPs: ['10.96.0.7'],
    ports: [{ nodePort: 30_001, port: 81 }],
  });
  expect(validateServiceChange(next, old)).toEqual([]);
});

test('a node port that another port took over does not come back', () => {
  const old = stored({
    type: 'NodePort',
    ports: [
      { name: 'a', port: 80, nodePort: 30_001 },
      { name: 'b', port: 81, nodePort: 30_002 },
    ],
  });
  const ports = [
    { name: 'a', port: 80 },
    { name: 'c', port: 82, nodePort: 30_001 },
  ];
  const next = make({ type: 'NodePort', ports });
  settleAddresses(next, old, ['IPv4']);
  expect(next.spec?.ports?.[0]?.nodePort).toBeUndefined();
});

test('changing the type drops what only the old type had', () => {
  const old = stored({ type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 31_000 });
  for (const port of old.spec?.ports ?? []) port.nodePort = 30_005;
  const next = { ...old, spec: { ...structuredClone(old.spec), type: 'ClusterIP' } };
  dropFieldsOfOldType(next, old);
  expect(next.spec).toMatchObject({ clusterIP: '10.96.0.7', ports: [{ port: 80 }] });
  expect(next.spec?.ports?.[0]).not.toHaveProperty('nodePort');
  for (const field of ['allocateLoadBalancerNodePorts', 'externalTrafficPolicy', 'healthCheckNodePort']) {
    expect(next.spec).not.toHaveProperty(field);
  }
  expect(bodies(next)).toEqual([]);
});

test('the address of a Service may not change', () => {
  const old = stored({});
  const next = { ...old, spec: { ...old.spec, clusterIP: '10.96.0.8', clusterIPs: ['10.96.0.8'] } };
  expect(validateServiceChange(next, old).map(e => e.body)).toEqual([
    'Invalid value: ["10.96.0.8"]: may not change once set',
  ]);
});

test('families follow from policy, addresses and what the cluster has', () => {
  const both: Family[] = ['IPv4', 'IPv6'];
  const families = (spec: ServiceSpec, cluster: Family[]) => {
    const service = make({ ports: [{ port: 80 }], selector: { a: 'b' }, ...spec });
    const errors = settleAddresses(service, undefined, cluster);
    return errors.length > 0 ? errors.map(e => e.field) : service.spec?.ipFamilies;
  };
  expect(families({}, both)).toEqual(['IPv4']);
  expect(families({ ipFamilyPolicy: 'PreferDualStack' }, both)).toEqual(['IPv4', 'IPv6']);
  expect(families({ ipFamilyPolicy: 'PreferDualStack' }, ['IPv4'])).toEqual(['IPv4']);
  expect(families({ ipFamilyPolicy: 'RequireDualStack' }, ['IPv4'])).toEqual(['spec.ipFamilyPolicy']);
  expect(families({ ipFamilies: ['IPv6'] }, ['IPv4'])).toEqual(['spec.ipFamilies[0]']);
  expect(families({ clusterIP: 'fd00::1' }, both)).toEqual(['IPv6']);
  expect(families({ clusterIP: 'None', selector: {} }, ['IPv4'])).toEqual(['IPv4', 'IPv6']);
});

test('a second address is released by the policy and by nothing else', () => {
  const both: Family[] = ['IPv4', 'IPv6'];
  const old = make({ ports: [{ port: 80 }], ipFamilyPolicy: 'RequireDualStack' });
  settleAddresses(old, undefined, both);
  Object.assign(old.spec ?? {}, { clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7', 'fd00::7'] });
  const change = (spec: ServiceSpec) => {
    const next = { ...old, spec: { ...structuredClone(old.spec), ...spec } };
    const errors = settleAddresses(next, old, both);
    return errors.length > 0 ? errors.map(e => e.body) : [next.spec.clusterIPs, next.spec.ipFamilies];
  };
  expect(change({ ipFamilyPolicy: 'SingleStack' })).toEqual([['10.96.0.7'], ['IPv4']]);
  expect(change({ clusterIPs: ['10.96.0.7'], ipFamilies: ['IPv4'] })).toEqual([
    `Invalid value: "RequireDualStack": must be 'SingleStack' to release the secondary cluster IP`,
    `Invalid value: "RequireDualStack": must be 'SingleStack' to release the secondary IP family`,
  ]);
});

test('families stay as they are, but of a headless Service', () => {
  const old = stored({ selector: { a: 'b' } });
  const next = { ...old, spec: { ...old.spec, ipFamilies: ['IPv6'] } };
  expect(validateServiceChange(next, old).map(e => `${e.field}: ${e.body}`)).toEqual([
    'spec.ipFamilies[0]: Invalid value: ["IPv6"]: may not change once set',
  ]);
  const headless = stored({ clusterIP: 'None', selector: { a: 'b' } });
  const other = { ...headless, spec: { ...headless.spec, ipFamilies: ['IPv6'] } };
  expect(validateServiceChange(other, headless)).toEqual([]);
});

test('each source range of the annotation is looked at', () => {
  const key = 'service.beta.kubernetes.io/load-balancer-source-ranges';
  const service = stored({ type: 'LoadBalancer', ports: [{ port: 10_250, nodePort: 30_001 }] });
  service.metadata = { ...service.metadata, annotations: { [key]: ' 10.0.0.0/8, x,10.0.0.1' } };
  const why = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
  expect(bodies(service)).toEqual([
    `metadata.annotations[${key}]: Invalid value: "x": ${why}`,
    `metadata.annotations[${key}]: Invalid value: "10.0.0.1": ${why}`,
  ]);
});

test('EXTERNAL-IP and PORT(S) read as kubectl users know them', () => {
  expect(cells(stored({ ports: [{ port: 80 }, { name: 'b', port: 53, protocol: 'UDP' }] }))).toEqual([
    's',
    'ClusterIP',
    '10.96.0.7',
    '<none>',
    '80/TCP,53/UDP',
    '<unknown>',
    '<none>',
  ]);
  const balancer = stored({ type: 'LoadBalancer', ports: [{ port: 80, nodePort: 30_080 }] });
  expect(cells(balancer).slice(3, 5)).toEqual(['<pending>', '80:30080/TCP']);
  balancer.status = { loadBalancer: { ingress: [{ ip: '192.0.2.9' }, { hostname: 'lb.example.com' }] } };
  expect(cells(balancer)[3]).toBe('192.0.2.9,lb.example.com');
  expect(cells(stored({ type: 'ExternalName', externalName: 'x.example.com' })).slice(2, 4)).toEqual([
    '<none>',
    'x.example.com',
  ]);
});

test('defaults are stable: applying them twice changes nothing', () => {
  const spec = fc.record(
    {
      type: fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'),
      sessionAffinity: fc.constantFrom('None', 'ClientIP'),
      externalIPs: fc.array(fc.constant('192.0.2.1'), { maxLength: 1 }),
      ports: fc.array(fc.record({ port: fc.integer({ min: 1, max: 65_535 }) }), { maxLength: 3 }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(spec, given => {
      const once = make(given);
      const twice = structuredClone(once);
      defaultService(twice);
      expect(twice).toEqual(once);
    }),
  );
});

test('one address of each family at most; a family that is none has none', () => {
  const with3 = make({ ports: [{ port: 80 }], clusterIPs: ['10.96.0.9', 'fd00::1', 'fd00::2'] });
  with3.spec = { ...with3.spec, clusterIP: '10.96.0.9' };
  expect(validateClusterIps(with3).map(e => e.body)).toEqual([
    'Invalid value: ["10.96.0.9","fd00::1","fd00::2"]: may only hold up to 2 values',
  ]);
  const unknown = stored({});
  unknown.spec = { ...unknown.spec, ipFamilies: ['IPv5'] };
  expect(validateClusterIps(unknown).map(e => e.field)).toEqual(['spec.ipFamilies[0]']);
});
