/**
 * Which endpoints of a service port take connections: upstream's rules (kube-proxy,
 * KEP-1669 terminating endpoints, KEP-2086 internal traffic policy).
 *
 * - Ready endpoints, and only when there is none, those that still serve while they terminate:
 *   a rollout that removes the last pod of a node loses no connection that could be served.
 * - `Local` policies choose among the endpoints of this node by the same rule.
 * - Elsewhere the hints of the EndpointSlice controller are followed (KEP-2433, KEP-3015:
 *   trafficDistribution), if every usable endpoint has one and one of them is for this node.
 */
import { isIPv4, isIPv6 } from 'node:net';
import type { EndpointSlice } from '../generated/discovery-v1.ts';

/** The address family of one nft table. */
export type Family = 'ip' | 'ip6';

export interface Endpoint {
  readonly ip: string;
  readonly port: number;
  /** It runs on this node. */
  readonly local: boolean;
  /** false: it is on its way out and only used because there is no other. */
  readonly ready: boolean;
}

/** One endpoint as the slices have it, before one is chosen over another. */
export interface EndpointState extends Endpoint {
  readonly serving: boolean;
  readonly terminating: boolean;
  /** Nodes and zones whose clients should use it; undefined: no hint. */
  readonly forNodes: readonly string[] | undefined;
  readonly forZones: readonly string[] | undefined;
}

/**
 * Whether the text is an address of the family. All that reaches nft passes this or isCIDROf: one
 * word that nft cannot read would refuse the whole transaction, for all services.
 */
export const isOfFamily = (address: string, family: Family): boolean =>
  family === 'ip' ? isIPv4(address) : isIPv6(address) && !address.includes('%');

/** A prefix with its length, of that family; host bits may be set. */
export function isCIDROf(cidr: string, family: Family): boolean {
  const [address = '', bits = '', ...more] = cidr.split('/');
  return (
    isOfFamily(address, family) &&
    /^\d{1,3}$/.test(bits) &&
    Number(bits) <= (family === 'ip' ? 32 : 128) &&
    more.length === 0
  );
}

export const isPort = (port: number | undefined): port is number =>
  Number.isInteger(port) && (port ?? 0) > 0 && (port ?? 0) < 65_536;

/** The endpoints of the port named `portName` ('' for the only one), ordered and without repetition. */
export function endpointsOfPort(
  slices: readonly EndpointSlice[],
  port: { readonly name: string; readonly protocol: string; readonly family: Family },
  nodeName: string,
): readonly EndpointState[] {
  const found = new Map<string, EndpointState>();
  const addressType = port.family === 'ip' ? 'IPv4' : 'IPv6';
  for (const slice of slices) {
    if (slice.addressType !== addressType) continue;
    for (const slicePort of slice.ports ?? []) {
      if ((slicePort.name ?? '') !== port.name || (slicePort.protocol ?? 'TCP') !== port.protocol) continue;
      // A port without number means "all ports", which has no meaning behind a service port.
      if (!isPort(slicePort.port)) continue;
      for (const endpoint of slice.endpoints ?? []) {
        // All addresses of one endpoint are the same to a consumer (API reference: use the first).
        const ip = endpoint.addresses[0];
        if (!ip || !isOfFamily(ip, port.family)) continue;
        const ready = endpoint.conditions?.ready ?? true;
        const state: EndpointState = {
          ip,
          port: slicePort.port,
          local: endpoint.nodeName !== undefined && endpoint.nodeName === nodeName,
          ready,
          serving: endpoint.conditions?.serving ?? ready,
          terminating: endpoint.conditions?.terminating ?? false,
          forNodes: endpoint.hints?.forNodes?.map(({ name }) => name),
          forZones: endpoint.hints?.forZones?.map(({ name }) => name),
        };
        const key = `${ip} ${slicePort.port}`;
        const other = found.get(key);
        // While an endpoint moves between slices it is in both: the one that can be used counts.
        if (!other || (!other.ready && state.ready)) found.set(key, state);
      }
    }
  }
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, endpoint]) => endpoint);
}

/** The endpoints that take connections, of all given. */
export function usable(endpoints: readonly EndpointState[]): readonly EndpointState[] {
  const ready = endpoints.filter(endpoint => endpoint.ready);
  if (ready.length > 0) return ready;
  return endpoints.filter(endpoint => endpoint.serving && endpoint.terminating);
}

/** Those of the usable endpoints that are meant for clients of this node, or all. */
export function hinted(
  endpoints: readonly EndpointState[],
  node: { readonly nodeName: string; readonly zone?: string | undefined },
): readonly EndpointState[] {
  return (
    allHinted(endpoints, ({ forNodes }) => forNodes, node.nodeName) ??
    allHinted(endpoints, ({ forZones }) => forZones, node.zone) ??
    endpoints
  );
}

function allHinted(
  endpoints: readonly EndpointState[],
  hintsOf: (endpoint: EndpointState) => readonly string[] | undefined,
  here: string | undefined,
): readonly EndpointState[] | undefined {
  // One endpoint without a hint means that the hints are not complete yet.
  if (here === undefined || !endpoints.every(endpoint => hintsOf(endpoint)?.length)) return undefined;
  const meant = endpoints.filter(endpoint => hintsOf(endpoint)?.includes(here));
  return meant.length > 0 ? meant : undefined;
}
