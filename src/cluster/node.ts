/** The parts of one node: its network, proxy, DNS and kubelet. */
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { CommandRunner } from '../base/run-command.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import { createNodeNetwork, type NodeNetwork, type NodeNetworkInfo } from '../network/node-network.ts';
import { createProxy } from '../proxy/proxy.ts';
import type { Component } from './component.ts';
import type { ClusterPaths } from './layout.ts';
import type { ComponentLogs } from './logging.ts';
import type { ClusterSettings } from './settings.ts';

export function nodeNetwork(
  settings: ClusterSettings,
  paths: ClusterPaths,
  commands: CommandRunner,
  logs: ComponentLogs,
): NodeNetwork {
  return createNodeNetwork({
    commands,
    log: logs.of('network'),
    networkName: settings.name,
    bridge: settings.bridge,
    podCIDR: settings.podCidr,
    clusterCIDR: settings.podCidr,
    serviceCIDR: settings.serviceCidr,
    table: networkTable(settings),
    configDir: paths.cniConf,
    ipamDir: paths.cniState,
  });
}

/** Above the kubepods of this cluster: two clusters on one machine share no cgroup. */
export const cgroupRoot = (settings: ClusterSettings): string => `/${kernelName(settings.name)}`;

/** nft tables of this cluster; nothing else may use their names. */
export const networkTable = (settings: ClusterSettings): string => `${kernelName(settings.name)}-network`;
export const proxyTable = (settings: ClusterSettings): string => `${kernelName(settings.name)}-services`;
const kernelName = (name: string): string => (name === 'peapod' ? name : `peapod-${name}`);

export interface NodePartsOptions {
  readonly settings: ClusterSettings;
  readonly network: NodeNetworkInfo;
  readonly commands: CommandRunner;
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly logs: ComponentLogs;
}

export function createNodeParts(options: NodePartsOptions): readonly Component[] {
  return [proxy(options)];
}

function proxy({ settings, network, commands, informers, clock, random, logs }: NodePartsOptions): Component {
  const name = 'kube-proxy';
  const made = createProxy({
    informers,
    commands,
    clock,
    random,
    log: logs.of(name),
    nodeName: settings.nodeName,
    tableName: proxyTable(settings),
    clusterCIDRs: [settings.podCidr],
    serviceCIDRs: [settings.serviceCidr],
    ...(network.bridgeNetfilter ? {} : { masqueradeWithin: [settings.podCidr] }),
  });
  return { name, run: signal => made.run(signal), health: () => made.health() };
}
