/** Questions about Services that defaults, validation, allocation and updates all ask. */
import type { Service, ServiceSpec } from '../../../generated/core-v1.ts';

export const NO_CLUSTER_IP = 'None';

export const specOf = (service: Service): ServiceSpec => service.spec ?? {};

export function isHeadless(service: Service): boolean {
  const { clusterIPs = [] } = specOf(service);
  return clusterIPs.length === 1 && clusterIPs[0] === NO_CLUSTER_IP;
}

export function needsClusterIp(service: Service): boolean {
  return ['ClusterIP', 'NodePort', 'LoadBalancer'].includes(specOf(service).type ?? '');
}

/** Only another name for something outside: no addresses, no ports of its own. */
export const isName = (service: Service): boolean => specOf(service).type === 'ExternalName';

/** What it is given is checked, whether it is given some without asking (needsNodePorts) or not. */
export function mayHaveNodePorts(service: Service): boolean {
  return ['NodePort', 'LoadBalancer'].includes(specOf(service).type ?? '');
}

export const nodePortsOf = (service: Service): number[] =>
  (specOf(service).ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : []));

export function needsNodePorts(service: Service): boolean {
  const { type, allocateLoadBalancerNodePorts: allocate } = specOf(service);
  return type === 'NodePort' || (type === 'LoadBalancer' && allocate !== false);
}

/** Load balancers that keep client addresses ask nodes which of them have endpoints. */
export function needsHealthCheckPort(service: Service): boolean {
  const { type, externalTrafficPolicy } = specOf(service);
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
}

export function isExternallyAccessible(service: Service): boolean {
  const { type, externalIPs = [] } = specOf(service);
  return type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && externalIPs.length > 0);
}
