/** What an update of a Service may change, and what goes when its type changes. */
import type { Service } from '../../../generated/core-v1.ts';
import { at, type FieldError, invalidValue } from '../../field-error.ts';
import { semanticEqual } from '../../validation/checks.ts';
import {
  isExternallyAccessible,
  isHeadless,
  needsClusterIp,
  needsHealthCheckPort,
  needsNodePorts,
  specOf,
} from './traits.ts';

const ONCE = 'may not change once set';

/** Values of the old type that the client sent back unchanged are not meant for the new type. */
export function dropFieldsOfOldType(next: Service, old: Service): void {
  const [spec, before] = [specOf(next), specOf(old)];
  const dropUnchanged = (...fields: (keyof typeof spec)[]) => {
    for (const field of fields)
      if (semanticEqual(spec[field], before[field])) Reflect.deleteProperty(spec, field);
  };
  if (needsClusterIp(old) && !needsClusterIp(next)) {
    if (semanticEqual(spec.clusterIPs, before.clusterIPs)) delete spec.clusterIP;
    dropUnchanged('clusterIPs', 'ipFamilies', 'ipFamilyPolicy');
  }
  const nodePorts = (service: Service) =>
    (specOf(service).ports ?? []).map(p => p.nodePort ?? 0).sort((a, b) => a - b);
  if (needsNodePorts(old) && !needsNodePorts(next) && semanticEqual(nodePorts(next), nodePorts(old))) {
    for (const port of spec.ports ?? []) delete port.nodePort;
  }
  if (needsHealthCheckPort(old) && !needsHealthCheckPort(next)) dropUnchanged('healthCheckNodePort');
  if (before.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    dropUnchanged('allocateLoadBalancerNodePorts', 'loadBalancerClass');
  }
  if (isExternallyAccessible(old) && !isExternallyAccessible(next)) dropUnchanged('externalTrafficPolicy');
}

/** A name has no endpoints between which a policy could choose. */
export function dropPolicyOfNames({ spec }: Service): void {
  if (spec?.type === 'ExternalName') delete spec.internalTrafficPolicy;
}

export function validateServiceChange(next: Service, old: Service): FieldError[] {
  return [
    ...validateAddressChange(next, old),
    ...validateFamilyChange(next, old),
    ...validateClassChange(next, old),
  ];
}

const hasNone = (service: Service) => specOf(service).type === 'ExternalName';

function validateAddressChange(next: Service, old: Service): FieldError[] {
  if (hasNone(next) || hasNone(old) || (isHeadless(next) && isHeadless(old))) return [];
  const [now, before] = [specOf(next).clusterIPs ?? [], specOf(old).clusterIPs ?? []];
  const path = 'spec.clusterIPs';
  if (now.length === before.length) {
    return before.flatMap((ip, i) => (ip === now[i] ? [] : [invalidValue(at(path, i), now, ONCE)]));
  }
  const errors: FieldError[] = [];
  if (now.length === 0) errors.push(invalidValue(at(path, 0), now, 'primary clusterIP can not be unset'));
  else if (before.length > 0 && now[0] !== before[0]) errors.push(invalidValue(at(path, 0), now, ONCE));
  if (now.length === 1 && before.length === 2 && specOf(next).ipFamilyPolicy !== 'SingleStack') {
    const why = "must be set to 'SingleStack' when releasing the secondary clusterIP";
    errors.push(invalidValue('spec.ipFamilyPolicy', specOf(next).ipFamilyPolicy, why));
  }
  return errors;
}

function validateFamilyChange(next: Service, old: Service): FieldError[] {
  if (hasNone(next) || hasNone(old)) return [];
  const [now, before] = [specOf(next).ipFamilies ?? [], specOf(old).ipFamilies ?? []];
  if (now.length === 0 || before.length === 0) return [];
  const path = 'spec.ipFamilies';
  // A headless service without selector has no addresses that could be of the wrong family.
  const free = isHeadless(next) && Object.keys(specOf(next).selector ?? {}).length === 0;
  if (now.length === before.length) {
    return free || semanticEqual(now, before) ? [] : [invalidValue(at(path, 0), now, ONCE)];
  }
  const errors = now[0] === before[0] ? [] : [invalidValue(at(path, 0), now, ONCE)];
  if (now.length < before.length && specOf(next).ipFamilyPolicy !== 'SingleStack') {
    const why = "must be set to 'SingleStack' when releasing the secondary ipFamily";
    errors.push(invalidValue('spec.ipFamilyPolicy', specOf(next).ipFamilyPolicy, why));
  }
  return errors;
}

function validateClassChange(next: Service, old: Service): FieldError[] {
  const [spec, before] = [specOf(next), specOf(old)];
  const both = spec.type === 'LoadBalancer' && before.type === 'LoadBalancer';
  return both && spec.loadBalancerClass !== before.loadBalancerClass
    ? [invalidValue('spec.loadBalancerClass', spec.loadBalancerClass, ONCE)]
    : [];
}
