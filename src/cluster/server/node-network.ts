/** The network of this machine's node, as the server sets it up and `down` takes it away. */
import type { CommandRunner } from '../../base/run-command.ts';
import { createNodeNetwork, type NodeNetwork } from '../../network/node-network.ts';
import { networkTable } from '../kernel-names.ts';
import type { ClusterPaths } from '../layout.ts';
import type { ClusterSettings } from '../settings.ts';
import type { ComponentLogs } from './logging.ts';

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
