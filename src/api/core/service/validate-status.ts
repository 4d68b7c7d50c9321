/** The status of a Service's load balancer. */
import type { LoadBalancerIngress, Service } from '../../../generated/core-v1.ts';
import { at, child, type FieldError, forbiddenField, invalidValue, required } from '../../field-error.ts';
import { dnsSubdomain } from '../../meta/names.ts';
import { checked, optionalEnumeration } from '../../validation/checks.ts';
import { ipErrors, parseIp } from '../../validation/ip.ts';
import { specOf } from './traits.ts';

const MODES = ['Proxy', 'VIP'];

export function validateServiceStatus(service: Service): FieldError[] {
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  const path = 'status.loadBalancer.ingress';
  if (ingress.length > 0 && specOf(service).type !== 'LoadBalancer') {
    return [forbiddenField(path, "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  return ingress.flatMap((item, i) => validateIngress(item, at(path, i)));
}

function validateIngress({ ip, ipMode, hostname }: LoadBalancerIngress, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (ip) errors.push(...checked(child(path, 'ip'), ip, ipErrors));
  if (ip && ipMode === undefined)
    errors.push(required(child(path, 'ipMode'), 'must be specified when `ip` is set'));
  if (!ip && ipMode !== undefined) {
    errors.push(forbiddenField(child(path, 'ipMode'), 'may not be specified when `ip` is not set'));
  }
  if (ip) errors.push(...optionalEnumeration(child(path, 'ipMode'), ipMode, MODES));
  if (hostname) {
    errors.push(...checked(child(path, 'hostname'), hostname, v => dnsSubdomain(v)));
    if (parseIp(hostname)) {
      const why = 'must be a DNS name, not an IP address';
      errors.push(invalidValue(child(path, 'hostname'), hostname, why));
    }
  }
  return errors;
}
