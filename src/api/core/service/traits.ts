/** Questions about Services that defaults, validation, allocation and updates all ask. */
import type { Service, ServiceSpec } from '../../../generated/core-v1.ts';

export const NO_CLUSTER_IP = 'None';

export const specOf = (service: Service): ServiceSpec => service.spec ?? {};

export const isHeadless = (service: Service): boolean => specOf(service).clusterIPs?.[0] === NO_CLUSTER_IP;

export function needsClusterIp(service: Service): boolean {
  return ['ClusterIP', 'NodePort', 'LoadBalancer'].includes(specOf(service).type ?? '');
}

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
