/** What an update of a Service may change, and what goes when its type changes. */
import type { Service } from '../../../generated/core-v1.ts';
import { at, type FieldError, forbiddenField, invalidValue } from '../../field-error.ts';
import { IMMUTABLE, semanticEqual } from '../../validation/checks.ts';
import {
  isExternallyAccessible,
  isHeadless,
  isName,
  mayHaveNodePorts,
  needsHealthCheckPort,
  nodePortsOf,
  specOf,
} from './traits.ts';
import { validateLoadBalancerClass } from './validate.ts';

const ONCE = 'may not change once set';

/** Values of the old type that the client sent back unchanged are not meant for the new type. */
export function dropFieldsOfOldType(next: Service, old: Service): void {
  const [spec, before] = [specOf(next), specOf(old)];
  const dropUnchanged = (...fields: (keyof typeof spec)[]) => {
    for (const field of fields)
      if (semanticEqual(spec[field], before[field])) Reflect.deleteProperty(spec, field);
  };
  if (!isName(old) && isName(next)) {
    if (semanticEqual([spec.clusterIP, spec.clusterIPs], [before.clusterIP, before.clusterIPs]))
      dropUnchanged('clusterIP', 'clusterIPs');
    dropUnchanged('ipFamilies', 'ipFamilyPolicy');
  }
  // Whoever adds no port of his own knows nothing of them. A balancer that stops allocating keeps them.
  if (mayHaveNodePorts(old) && !mayHaveNodePorts(next)) {
    const known = new Set(nodePortsOf(old));
    if (nodePortsOf(next).every(port => known.has(port)))
      for (const port of spec.ports ?? []) delete port.nodePort;
  }
  if (needsHealthCheckPort(old) && !needsHealthCheckPort(next)) dropUnchanged('healthCheckNodePort');
  if (before.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    dropUnchanged('allocateLoadBalancerNodePorts', 'loadBalancerClass');
  }
  if (isExternallyAccessible(old) && !isExternallyAccessible(next)) dropUnchanged('externalTrafficPolicy');
  // Taking a balancer down takes time; nobody needs to see that.
  if (spec.type !== 'LoadBalancer') next.status = { ...next.status, loadBalancer: {} };
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
    ...validateHealthCheckChange(next, old),
  ];
}

function validateAddressChange(next: Service, old: Service): FieldError[] {
  if (isName(next) || isName(old) || (isHeadless(next) && isHeadless(old))) return [];
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
  // A headless Service has no addresses that could be of the wrong family.
  if (isName(next) || isName(old) || isHeadless(next) || isHeadless(old)) return [];
  const { ipFamilies: now = [], clusterIPs = [], ipFamilyPolicy } = specOf(next);
  const before = specOf(old).ipFamilies ?? [];
  const path = at('spec.ipFamilies', 0);
  if (now.length === before.length) {
    return before.flatMap((family, i) => (family === now[i] ? [] : [invalidValue(path, now, ONCE)]));
  }
  const errors: FieldError[] = [];
  const released = now.length < before.length;
  if (released && clusterIPs.length === 0)
    errors.push(invalidValue(path, now, 'primary ipFamily can not be unset'));
  // Upstream shows the addresses here.
  if (now.length > 0 && before.length > 0 && now[0] !== before[0])
    errors.push(invalidValue(path, clusterIPs, ONCE));
  if (released && now.length === 1 && ipFamilyPolicy !== 'SingleStack') {
    const why = "must be set to 'SingleStack' when releasing the secondary ipFamily";
    errors.push(invalidValue('spec.ipFamilyPolicy', ipFamilyPolicy, why));
  }
  return errors;
}

function validateClassChange(next: Service, old: Service): FieldError[] {
  const [spec, before] = [specOf(next), specOf(old)];
  const both = spec.type === 'LoadBalancer' && before.type === 'LoadBalancer';
  const errors =
    both && spec.loadBalancerClass !== before.loadBalancerClass
      ? [invalidValue('spec.loadBalancerClass', spec.loadBalancerClass, ONCE)]
      : [];
  // Upstream looks at the class itself here and once more with the rest.
  return [...errors, ...validateLoadBalancerClass(next)];
}

/** The nodes answer there already. */
function validateHealthCheckChange(next: Service, old: Service): FieldError[] {
  const kept = needsHealthCheckPort(next) && needsHealthCheckPort(old);
  return kept && specOf(next).healthCheckNodePort !== specOf(old).healthCheckNodePort
    ? [forbiddenField('spec.healthCheckNodePort', IMMUTABLE)]
    : [];
}
