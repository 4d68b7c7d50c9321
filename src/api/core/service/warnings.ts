import type { Service } from '../../../generated/core-v1.ts';
import { at } from '../../field-error.ts';
import { cidrWarnings, ipWarnings } from '../../validation/ip-warnings.ts';
import { isHeadless, specOf } from './traits.ts';

const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints';
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';

/** Fields that have no effect on this Service, or soon will not have one. */
export function warnAboutService(service: Service): string[] {
  const spec = specOf(service);
  const out: string[] = [];
  if (service.metadata.annotations?.[TOPOLOGY_HINTS] !== undefined) {
    out.push(`annotation ${TOPOLOGY_HINTS} is deprecated, please use ${TOPOLOGY_MODE} instead`);
  }
  if (!isHeadless(service) && spec.type !== 'ExternalName') {
    (spec.clusterIPs ?? []).forEach((ip, i) => out.push(...ipWarnings(at('spec.clusterIPs', i), ip)));
  }
  if (isHeadless(service)) {
    if (spec.loadBalancerIP) out.push('spec.loadBalancerIP is ignored for headless services');
    if (spec.externalIPs?.length) out.push('spec.externalIPs is ignored for headless services');
    if (spec.sessionAffinity !== 'None') out.push('spec.SessionAffinity is ignored for headless services');
  }
  (spec.externalIPs ?? []).forEach((ip, i) => out.push(...ipWarnings(at('spec.externalIPs', i), ip)));
  out.push(...ipWarnings('spec.loadBalancerIP', spec.loadBalancerIP));
  (spec.loadBalancerSourceRanges ?? []).forEach((cidr, i) => {
    out.push(...cidrWarnings(at('spec.loadBalancerSourceRanges', i), cidr));
  });
  if (spec.type === 'ExternalName' && spec.externalIPs?.length)
    out.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  if (spec.externalIPs?.length) {
    out.push('spec.externalIPs is deprecated and may no longer be implemented in some clusters');
  }
  if (spec.type !== 'ExternalName' && spec.externalName) {
    out.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  }
  if (spec.trafficDistribution === 'PreferClose') {
    out.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  }
  return out;
}

/** Of what a load balancer's controller reports. */
export const warnAboutServiceStatus = (service: Service): string[] =>
  (service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }, i) =>
    ipWarnings(at('status.loadBalancer.ingress', i), ip),
  );
