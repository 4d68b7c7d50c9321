/** What a new cluster is made with: what the user asked for, or else what is free on this machine. */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { CommandRunner } from '../../base/run-command.ts';
import { addressAt, overlap } from '../../network/cidr.ts';
import { checkCidr, freePodRange, freeServiceRange } from '../address-plan.ts';
import { UsageError } from '../cli/command.ts';
import { type ListedCluster, ownNetworkNamespace } from '../host/cluster-list.ts';
import { DEFAULT_NAME } from '../layout.ts';
import { type ClusterSettings, KUBELET_PORT } from '../settings.ts';
import type { StoreSettings } from '../storage/settings.ts';

/** Of the API server: upstream's. */
export const DEFAULT_PORT = 6443;
const MAX_INTERFACE_NAME = 15;

export interface SettingsRequest {
  readonly name: string;
  readonly port?: string | undefined;
  readonly kubeletPort?: string | undefined;
  readonly nodeName?: string | undefined;
  readonly podCidr?: string | undefined;
  readonly serviceCidr?: string | undefined;
  readonly store?: StoreSettings;
}

/**
 * @param isFree whether a program could listen on the port now
 * @throws UsageError for a value that cannot be
 */
export async function newSettings(
  request: SettingsRequest,
  others: readonly ListedCluster[],
  commands: CommandRunner,
  isFree: (port: number) => Promise<boolean>,
): Promise<ClusterSettings> {
  const here = others.filter(o => o.name !== request.name && o.networkNamespace === ownNetworkNamespace());
  try {
    const asked = {
      pods: request.podCidr && checkCidr('--pod-cidr', request.podCidr, 28),
      services: request.serviceCidr && checkCidr('--service-cidr', request.serviceCidr, 27),
    };
    const serviceCidr =
      asked.services ??
      freeServiceRange([...here.map(o => o.serviceCidr), ...(asked.pods ? [asked.pods] : [])]);
    const podCidr =
      asked.pods ??
      freePodRange([...here.map(o => o.podCidr), ...(await routedRanges(commands)), serviceCidr]);
    if (overlap(podCidr, serviceCidr))
      throw new Error(`pods in ${podCidr} and services in ${serviceCidr} would have addresses in common`);
    return {
      name: request.name,
      port: request.port === undefined ? DEFAULT_PORT : parsePort(request.port),
      kubeletPort:
        request.kubeletPort === undefined
          ? await freeKubeletPort(here, isFree)
          : parsePort(request.kubeletPort, '--kubelet-port'),
      nodeName: nodeName(request.nodeName ?? hostname()),
      podCidr,
      serviceCidr,
      kubernetesIp: addressAt(serviceCidr, 1),
      dnsIp: addressAt(serviceCidr, 10),
      clusterDomain: 'cluster.local',
      bridge: bridgeName(request.name),
      ...(request.store && { store: request.store }),
    };
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** Upstream's, or the first after it that neither another cluster, running or not, nor any program has. */
export async function freeKubeletPort(
  others: readonly ListedCluster[],
  isFree: (port: number) => Promise<boolean>,
): Promise<number> {
  let port = KUBELET_PORT;
  while (others.some(other => other.kubeletPort === port) || !(await isFree(port))) port++;
  return port;
}

export function parsePort(text: string, option = '--port'): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535)
    throw new UsageError(`${option} ${text}: give a number from 1 to 65535`);
  return port;
}

/** A node's name is a DNS subdomain (RFC 1123), and host names are not always. */
function nodeName(text: string): string {
  const name = text.toLowerCase();
  if (!/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(name)) {
    throw new UsageError(`"${text}" cannot be a node's name: give another with --node-name`);
  }
  return name;
}

/** Two clusters on one machine must not share a bridge; long names are digested. */
export function bridgeName(cluster: string): string {
  if (cluster === DEFAULT_NAME) return 'peapod0';
  const name = `pp-${cluster}`;
  if (name.length <= MAX_INTERFACE_NAME) return name;
  return `pp-${createHash('sha256').update(cluster).digest('hex').slice(0, 12)}`;
}

/** Ranges that lead somewhere already; the default route is none. */
async function routedRanges(commands: CommandRunner): Promise<string[]> {
  const { stdout } = await commands.run(['ip', '-j', '-4', 'route', 'show']);
  const routes = JSON.parse(stdout || '[]') as { dst: string }[];
  return routes
    .map(r => r.dst)
    .filter(dst => dst !== 'default')
    .map(dst => (dst.includes('/') ? dst : `${dst}/32`));
}
