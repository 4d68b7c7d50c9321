/**
 * What the host has to be given, or rid of, for pods to have a network: a pure function from what
 * it has (host-state.ts) to steps (host-apply.ts). Planning what is already there gives only the
 * nft table, which is replaced as a whole.
 *
 * The bridge is made here and not left to the CNI plugin: its address may be the node's own, and
 * is the source of the host's connections to services, both before the first pod.
 */
import { firstAddress, parsePrefix, toNumber } from './cidr.ts';
import { renderMasquerade, renderMasqueradeRemoval } from './masquerade.ts';

export interface HostSpec {
  readonly bridge: string;
  readonly podCIDR: string;
  readonly clusterCIDR: string;
  readonly serviceCIDR: string;
  /** The node's nft table. */
  readonly table: string;
}

export interface HostState {
  readonly ipForward: boolean;
  /** undefined: there is no interface of that name. */
  readonly bridge: BridgeState | undefined;
  /** Whether br_netfilter works in this network namespace. */
  readonly bridgeNetfilter: boolean;
  /** The source address of the route to the service range, where it is ours. */
  readonly serviceRouteSource: string | undefined;
}

interface BridgeState {
  readonly isBridge: boolean;
  readonly up: boolean;
  readonly callsIptables: boolean;
  /** With prefix length: 10.244.0.1/24. */
  readonly addresses: readonly string[];
  readonly routesLocalnet: boolean;
  /** Interfaces of pods. */
  readonly ports: readonly string[];
}

export type HostStep =
  | { readonly kind: 'run'; readonly command: readonly string[]; readonly why: string }
  | { readonly kind: 'sysctl'; readonly name: string; readonly value: string; readonly why: string }
  | { readonly kind: 'nft'; readonly text: string; readonly why: string };

export const gatewayOf = (spec: HostSpec): string => firstAddress(spec.podCIDR);

/** @throws RangeError when the bridge's name belongs to another kind of interface */
export function planHostSetUp(spec: HostSpec, state: HostState): readonly HostStep[] {
  const { bridge } = spec;
  const gateway = gatewayOf(spec);
  const address = `${gateway}/${parsePrefix(spec.podCIDR).bits}`;
  const steps: HostStep[] = [];
  const run = (why: string, ...command: readonly string[]) => steps.push({ kind: 'run', command, why });
  const has = state.bridge;
  if (has && !has.isBridge) {
    throw new RangeError(`Cannot use ${bridge} as the pods' bridge: an interface of that name is no bridge`);
  }

  if (!state.ipForward) {
    steps.push({ kind: 'sysctl', name: 'net.ipv4.ip_forward', value: '1', why: 'pods reach other networks' });
  }
  if (!has) {
    // A fixed hardware address: else the bridge takes that of whichever port is the lowest, and
    // pods lose their gateway whenever another pod comes or goes.
    const mac = hardwareAddress(gateway);
    run('the bridge of the pods', 'ip', 'link', 'add', bridge, 'address', mac, 'type', 'bridge');
  }
  if (!has?.callsIptables && state.bridgeNetfilter) {
    // For this bridge only: the sysctl would change all others of the machine too.
    run('answers between pods pass the service rules', ...bridgeOption(bridge, 'nf_call_iptables', '1'));
  }
  for (const other of has?.addresses ?? []) {
    if (other !== address) run('an address of before', 'ip', 'address', 'delete', other, 'dev', bridge);
  }
  if (!has?.addresses.includes(address)) {
    run('the gateway of the pods', 'ip', 'address', 'add', address, 'dev', bridge);
  }
  if (!has?.routesLocalnet) {
    steps.push({
      kind: 'sysctl',
      name: `net.ipv4.conf.${bridge}.route_localnet`,
      value: '1',
      why: 'node ports answer on 127.0.0.1',
    });
  }
  if (!has?.up) run('the bridge carries packets', 'ip', 'link', 'set', bridge, 'up');
  if (state.serviceRouteSource !== gateway) {
    // The kernel wants a route before nft may redirect. One of our own works without a default
    // route, and keeps packets to unused service addresses from leaving the machine.
    const { serviceCIDR } = spec;
    run('the host reaches services', 'ip', 'route', 'replace', serviceCIDR, 'dev', 'lo', 'src', gateway);
  }
  steps.push({ kind: 'nft', text: renderMasquerade(spec), why: 'pods leave the cluster as the node' });
  return steps;
}

/** Takes everything away again but ip_forward, which others may rely on by now. */
export function planHostTearDown(spec: HostSpec, state: HostState): readonly HostStep[] {
  const steps: HostStep[] = [];
  const run = (why: string, ...command: readonly string[]) => steps.push({ kind: 'run', command, why });
  if (state.serviceRouteSource === gatewayOf(spec)) {
    run('the route to services', 'ip', 'route', 'delete', spec.serviceCIDR, 'dev', 'lo');
  }
  if (state.bridge?.isBridge) {
    for (const port of state.bridge.ports) run('an interface left by a pod', 'ip', 'link', 'delete', port);
    run('the bridge', 'ip', 'link', 'delete', spec.bridge);
  }
  steps.push({ kind: 'nft', text: renderMasqueradeRemoval(spec.table), why: 'the rules of the node' });
  return steps;
}

const bridgeOption = (bridge: string, name: string, value: string) =>
  ['ip', 'link', 'set', bridge, 'type', 'bridge', name, value] as const;

/** Locally administered, and unlike any other because the address in it is. */
function hardwareAddress(ip: string): string {
  const bytes = toNumber(ip).toString(16).padStart(8, '0').match(/../g) ?? [];
  return ['0a', '58', ...bytes].join(':');
}
