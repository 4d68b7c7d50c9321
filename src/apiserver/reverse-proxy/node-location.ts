/**
 * Where a node's kubelet is: the address and port its status gives, asked with the API server's
 * client certificate, its own checked against the cluster's CA. Any other port is an ordinary server
 * on the node, without certificates on either side (registry/core/node strategy, ResourceLocation).
 */
import { notFound, StatusError } from '../../api/status-error.ts';
import type { Node } from '../../generated/core-v1.ts';
import { keyFor } from '../cache/keys.ts';
import type { ServerCore } from '../core.ts';
import { type BackendTls, checkAddress, checkPort, type Location } from './location.ts';
import { isNumber, parseProxyName } from './proxy-name.ts';

const NODES = { group: '', resource: 'nodes' } as const;
/** kubeadm's order. Names come after addresses: this machine need not know them. */
const ADDRESS_TYPES = ['InternalIP', 'ExternalIP', 'InternalDNS', 'ExternalDNS', 'Hostname'] as const;

/** `tls` undefined: this server has no certificate for kubelets. @throws StatusError 400, 404, 503 */
export function nodeLocation(
  { cache }: Pick<ServerCore, 'cache'>,
  text: string,
  tls: BackendTls | undefined,
): Location {
  const { scheme, name, port } = parseProxyName(text, 'node');
  const node = cache.get<Node>(keyFor(NODES, undefined, name))?.object;
  if (!node) throw notFound(NODES, name);
  const host = hostOf(node);
  const kubeletPort = node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
  if (port === '' || port === String(kubeletPort)) {
    if (kubeletPort === 0 || !tls)
      throw unavailable(
        `node ${JSON.stringify(name)} has no kubelet that can be asked: its status.daemonEndpoints.kubeletEndpoint.Port is ${kubeletPort}`,
      );
    return { scheme: 'https', host, port: kubeletPort, tls };
  }
  checkAddress(host);
  if (!isNumber(port))
    throw unavailable(
      `node ${JSON.stringify(name)} has no ports with names, asked for ${JSON.stringify(port)}`,
    );
  return { scheme: scheme || 'http', host, port: checkPort(Number(port)) };
}

function hostOf({ status }: Node): string {
  const addresses = status?.addresses ?? [];
  for (const type of ADDRESS_TYPES) {
    const found = addresses.find(address => address.type === type)?.address;
    if (found) return found;
  }
  const known = addresses.map(({ type }) => type).join(' ');
  throw unavailable(`no preferred addresses found; known addresses: [${known}]`);
}

const unavailable = (message: string) => new StatusError({ reason: 'ServiceUnavailable', message });
