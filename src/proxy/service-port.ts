/**
 * One port of one service in one address family, as the ruleset needs it: where it is reached and
 * who answers. Pure; the API objects are not looked at beyond this file and endpoints.ts.
 */
import type { ServicePort as ApiServicePort, Service } from '../generated/core-v1.ts';
import type { EndpointSlice } from '../generated/discovery-v1.ts';
import {
  type Endpoint,
  type EndpointState,
  endpointsOfPort,
  type Family,
  hinted,
  isCIDROf,
  isOfFamily,
  isPort,
  usable,
} from './endpoints.ts';

type Protocol = 'tcp' | 'udp' | 'sctp';

export interface ServicePort {
  /** namespace/name:port, or namespace/name for a port without name. */
  readonly id: string;
  readonly family: Family;
  readonly protocol: Protocol;
  readonly clusterIP: string;
  readonly port: number;
  /** undefined: not reachable by a node port. */
  readonly nodePort: number | undefined;
  readonly externalIPs: readonly string[];
  readonly loadBalancerIPs: readonly string[];
  /** Who may use the load balancer's addresses (CIDRs); empty: everyone. */
  readonly sourceRanges: readonly string[];
  /** How long a client stays with its endpoint; undefined: no session affinity. */
  readonly affinitySeconds: number | undefined;
  /** Behind the cluster IP. */
  readonly internal: Pool;
  /** Behind node port, external and load balancer addresses. */
  readonly external: Pool;
  /** The same for clients outside of this node under externalTrafficPolicy Local; undefined: as `external`. */
  readonly externalLocal: Pool | undefined;
}

export interface Pool {
  readonly endpoints: readonly Endpoint[];
  /** `drop`: other nodes have endpoints, so the client should try again elsewhere. */
  readonly whenEmpty: 'reject' | 'drop';
}

export interface NodeView {
  readonly nodeName: string;
  /** topology.kubernetes.io/zone; undefined: none. */
  readonly zone?: string | undefined;
  readonly family: Family;
}

/** Another proxy has this service, says its owner (API reference: well-known labels). */
const OTHER_PROXY_LABEL = 'service.kubernetes.io/service-proxy-name';
const DEFAULT_AFFINITY_SECONDS = 10_800;
const PROTOCOLS: Readonly<Record<string, Protocol>> = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' };

/** The service's ports in the family; none for headless, ExternalName and foreign services. */
export function servicePorts(
  service: Service,
  slices: readonly EndpointSlice[],
  node: NodeView,
): readonly ServicePort[] {
  const { spec, metadata } = service;
  if (spec.type === 'ExternalName' || metadata.labels?.[OTHER_PROXY_LABEL] !== undefined) return [];
  const clusterIPs = spec.clusterIPs?.length ? spec.clusterIPs : [spec.clusterIP ?? ''];
  const clusterIP = clusterIPs.find(ip => isOfFamily(ip, node.family));
  if (!clusterIP) return [];

  const shared = {
    family: node.family,
    clusterIP,
    externalIPs: (spec.externalIPs ?? []).filter(ip => isOfFamily(ip, node.family)),
    loadBalancerIPs: loadBalancerIPs(service).filter(ip => isOfFamily(ip, node.family)),
    sourceRanges: (spec.loadBalancerSourceRanges ?? [])
      .map(range => range.trim())
      .filter(range => isCIDROf(range, node.family)),
    affinitySeconds:
      spec.sessionAffinity === 'ClientIP'
        ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS)
        : undefined,
  };
  const ports: ServicePort[] = [];
  for (const port of spec.ports ?? []) {
    const protocol = PROTOCOLS[port.protocol ?? 'TCP'];
    if (!protocol || !isPort(port.port)) continue;
    const states = endpointsOfPort(
      slices,
      { name: port.name ?? '', protocol: port.protocol ?? 'TCP', family: node.family },
      node.nodeName,
    );
    ports.push({ ...shared, ...portOf(service, port), protocol, ...pools(service, states, node) });
  }
  return ports;
}

function portOf(service: Service, port: ApiServicePort): Pick<ServicePort, 'id' | 'port' | 'nodePort'> {
  const name = `${service.metadata.namespace ?? ''}/${service.metadata.name ?? ''}`;
  return {
    id: port.name ? `${name}:${port.name}` : name,
    port: port.port,
    nodePort: isPort(port.nodePort) ? port.nodePort : undefined,
  };
}

function pools(
  service: Service,
  states: readonly EndpointState[],
  node: NodeView,
): Pick<ServicePort, 'internal' | 'external' | 'externalLocal'> {
  const all = hinted(usable(states), node).map(endpointOf);
  const local = usable(states.filter(state => state.local)).map(endpointOf);
  const everywhere: Pool = { endpoints: all, whenEmpty: 'reject' };
  const here: Pool = { endpoints: local, whenEmpty: all.length > 0 ? 'drop' : 'reject' };
  return {
    internal: service.spec.internalTrafficPolicy === 'Local' ? here : everywhere,
    external: everywhere,
    externalLocal: service.spec.externalTrafficPolicy === 'Local' ? here : undefined,
  };
}

const endpointOf = ({ ip, port, local, ready }: EndpointState): Endpoint => ({ ip, port, local, ready });

/** Addresses of a balancer that delivers packets as they are; in mode Proxy clients must go through it. */
function loadBalancerIPs(service: Service): readonly string[] {
  if (service.spec.type !== 'LoadBalancer') return [];
  return (service.status?.loadBalancer?.ingress ?? []).flatMap(ingress =>
    ingress.ip && (ingress.ipMode ?? 'VIP') === 'VIP' ? [ingress.ip] : [],
  );
}
