import { expect, test } from 'vitest';
import { addressAt, firstAddress, overlap, parsePrefix } from './cidr.ts';
import { cniConfigList } from './cni-config.ts';
import { type HostSpec, type HostState, planHostSetUp, planHostTearDown } from './host-plan.ts';
import { sysctlPath } from './host-state.ts';
import { renderMasquerade } from './masquerade.ts';
import { chooseNodeAddress, type LinkAddresses } from './node-address.ts';

const spec: HostSpec = {
  bridge: 'cni-peapod',
  podCIDR: '10.244.0.0/24',
  clusterCIDR: '10.244.0.0/16',
  serviceCIDR: '10.96.0.0/12',
  table: 'peapod-node',
};
const bare: HostState = {
  ipForward: false,
  bridge: undefined,
  bridgeNetfilter: true,
  serviceRouteSource: undefined,
};
const complete: HostState = {
  ipForward: true,
  bridgeNetfilter: true,
  serviceRouteSource: '10.244.0.1',
  bridge: {
    isBridge: true,
    up: true,
    callsIptables: true,
    addresses: ['10.244.0.1/24'],
    routesLocalnet: true,
    ports: ['veth1', 'veth2'],
  },
};
const texts = (steps: ReturnType<typeof planHostSetUp>) =>
  steps.map(step =>
    step.kind === 'run'
      ? step.command.join(' ')
      : step.kind === 'sysctl'
        ? `${step.name}=${step.value}`
        : `nft: ${step.text.split('\n')[0]}`,
  );

test('addresses in a range are counted from its first', () => {
  expect(addressAt('10.96.0.0/12', 1)).toBe('10.96.0.1');
  expect(addressAt('10.96.0.0/12', 10)).toBe('10.96.0.10');
  expect(addressAt('192.0.2.0/24', 256)).toBe('192.0.3.0');
});

test('ranges overlap when one has an address of the other', () => {
  expect(overlap('10.96.0.0/12', '10.111.255.0/24')).toBe(true);
  expect(overlap('10.111.255.0/24', '10.96.0.0/12')).toBe(true);
  expect(overlap('10.96.0.0/12', '10.112.0.0/12')).toBe(false);
  expect(overlap('0.0.0.0/0', '10.112.0.0/12')).toBe(true);
});

test('a bare host is given forwarding, bridge, gateway, loopback routing, service route and rules, in this order', () => {
  expect(texts(planHostSetUp(spec, bare))).toEqual([
    'net.ipv4.ip_forward=1',
    'ip link add cni-peapod address 0a:58:0a:f4:00:01 type bridge',
    'ip link set cni-peapod type bridge nf_call_iptables 1',
    'ip address add 10.244.0.1/24 dev cni-peapod',
    'net.ipv4.conf.cni-peapod.route_localnet=1',
    'ip link set cni-peapod up',
    'ip route replace 10.96.0.0/12 dev lo src 10.244.0.1',
    'nft: add table ip peapod-node',
  ]);
});

test('a host that has everything only gets its rules again', () => {
  expect(texts(planHostSetUp(spec, complete))).toEqual(['nft: add table ip peapod-node']);
});

test('a changed pod range replaces the gateway and the route that names it', () => {
  const moved = { ...spec, podCIDR: '10.244.3.0/24' };
  expect(texts(planHostSetUp(moved, complete))).toEqual([
    'ip address delete 10.244.0.1/24 dev cni-peapod',
    'ip address add 10.244.3.1/24 dev cni-peapod',
    'ip route replace 10.96.0.0/12 dev lo src 10.244.3.1',
    'nft: add table ip peapod-node',
  ]);
});

test('a kernel without br_netfilter is not asked for it', () => {
  expect(texts(planHostSetUp(spec, { ...bare, bridgeNetfilter: false })).join()).not.toContain('nf_call');
});

test('an interface that is no bridge is not taken over', () => {
  const other = { ...complete, bridge: { ...complete.bridge!, isBridge: false } };
  expect(() => planHostSetUp(spec, other)).toThrow(/no bridge/);
  expect(texts(planHostTearDown(spec, other)).join()).not.toContain('link delete');
});

test('tear-down removes route, leftover interfaces, bridge and rules, and needs none of them', () => {
  expect(texts(planHostTearDown(spec, complete))).toEqual([
    'ip route delete 10.96.0.0/12 dev lo',
    'ip link delete veth1',
    'ip link delete veth2',
    'ip link delete cni-peapod',
    'nft: add table ip peapod-node',
  ]);
  expect(texts(planHostTearDown(spec, bare))).toEqual(['nft: add table ip peapod-node']);
});

test('the rules of the node read as in their golden file', async () => {
  await expect(renderMasquerade(spec)).toMatchFileSnapshot('golden/masquerade.nft');
});

test('the CNI configuration reads as in its golden file', async () => {
  const list = cniConfigList({
    networkName: 'peapod',
    bridge: 'cni-peapod',
    podCIDR: '10.244.0.0/24',
    ipamDir: '/var/lib/peapod/cni/ipam',
  });
  await expect(`${JSON.stringify(list, null, 2)}\n`).toMatchFileSnapshot('golden/cni.golden.json');
});

const link = (ifname: string, local: string, flags: readonly string[] = ['UP']): LinkAddresses => ({
  ifname,
  flags,
  addr_info: [{ family: 'inet', local, scope: local.startsWith('127.') ? 'host' : 'global' }],
});
const machine = {
  links: [
    link('lo', '127.0.0.1'),
    link('eth0', '192.0.2.2'),
    link('eth1', '198.51.100.2'),
    link('cni-peapod', '10.244.0.1'),
  ],
  defaultRoutes: [{ dev: 'eth1', metric: 100 }],
  bridge: 'cni-peapod',
  gateway: '10.244.0.1',
};

test('the node address is that of the default route with the lowest metric', () => {
  expect(chooseNodeAddress(machine).address).toBe('198.51.100.2');
  const two = [...machine.defaultRoutes, { dev: 'eth0', metric: 50 }];
  expect(chooseNodeAddress({ ...machine, defaultRoutes: two }).address).toBe('192.0.2.2');
  const preferred = [{ dev: 'eth1', prefsrc: '198.51.100.9' }];
  expect(chooseNodeAddress({ ...machine, defaultRoutes: preferred }).address).toBe('198.51.100.9');
});

test('without default route it is the first global address of an interface that is up', () => {
  expect(chooseNodeAddress({ ...machine, defaultRoutes: [] }).address).toBe('192.0.2.2');
  const down = [link('eth0', '192.0.2.2', []), link('eth1', '198.51.100.2')];
  expect(chooseNodeAddress({ ...machine, links: down, defaultRoutes: [] }).address).toBe('198.51.100.2');
});

test('without any other address it is the gateway of the pods', () => {
  const alone = machine.links.filter(({ ifname }) => !ifname.startsWith('eth'));
  expect(chooseNodeAddress({ ...machine, links: alone, defaultRoutes: [] }).address).toBe('10.244.0.1');
});

test('an address that was asked for must be of this machine', () => {
  expect(chooseNodeAddress({ ...machine, requested: '192.0.2.2' }).address).toBe('192.0.2.2');
  expect(() => chooseNodeAddress({ ...machine, requested: '203.0.113.5' })).toThrow(/this machine has 127/);
  expect(() => chooseNodeAddress({ ...machine, requested: 'eth0' })).toThrow(/Cannot use node address/);
});

test('ranges are read strictly and their host bits are dropped', () => {
  expect(parsePrefix('10.244.7.9/22')).toEqual({ network: '10.244.4.0', bits: 22 });
  expect(firstAddress('10.244.255.0/24')).toBe('10.244.255.1');
  for (const bad of ['10.244.0.0', '10.244.0.0/33', '10.244.0/24', 'fd00::/64', '10.0.0.0/8/8', '']) {
    expect(() => parsePrefix(bad)).toThrow(RangeError);
  }
});

test('an interface name with dots keeps them in the path of its sysctl', () => {
  expect(sysctlPath('net.ipv4.conf.cni.a.route_localnet')).toBe(
    '/proc/sys/net/ipv4/conf/cni.a/route_localnet',
  );
  expect(sysctlPath('net.bridge.bridge-nf-call-iptables')).toBe(
    '/proc/sys/net/bridge/bridge-nf-call-iptables',
  );
});
