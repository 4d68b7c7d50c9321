/**
 * What a Service says about its addresses, made whole before any is allocated: clusterIP and
 * clusterIPs agree, values that a client left out of an update come back, and IP families follow
 * from what was said and what the cluster has. Pure: the allocators hand out what is still missing.
 */
import type { Service } from '../../../generated/core-v1.ts';
import { at, type FieldError, invalidValue } from '../../field-error.ts';
import { semanticEqual } from '../../validation/checks.ts';
import { type Family, parseIp } from '../../validation/ip.ts';
import { NO_CLUSTER_IP, needsClusterIp, needsHealthCheckPort, needsNodePorts, specOf } from './traits.ts';
import { validateClusterIps } from './validate-cluster-ips.ts';

/**
 * To be called after defaults and before allocation. `families` are those the cluster has, the
 * default first. The errors are all that is to be told when there are any.
 */
export function settleAddresses(
  next: Service,
  old: Service | undefined,
  families: readonly Family[],
): FieldError[] {
  if (old) bringBack(next, old);
  agreeOnClusterIps(next, old);
  return settleFamilies(next, old, families);
}

/** What was allocated before and is not mentioned stays, so that a manifest can be applied again. */
function bringBack(next: Service, old: Service): void {
  const [to, from] = [specOf(next), specOf(old)];
  if (needsClusterIp(old) && needsClusterIp(next)) {
    if (!to.clusterIP && from.clusterIP) to.clusterIP = from.clusterIP;
    if (!to.clusterIPs?.length && from.clusterIPs) to.clusterIPs = [...from.clusterIPs];
  }
  if (needsNodePorts(old) && needsNodePorts(next)) {
    const ports = (service: Service) =>
      (specOf(service).ports ?? []).map(p => p.nodePort ?? 0).filter(p => p > 0);
    const kept = new Set(ports(next).filter(port => ports(old).includes(port)));
    for (const port of to.ports ?? []) {
      const before = from.ports?.findLast(p => (p.name ?? '') === (port.name ?? ''))?.nodePort;
      if (port.nodePort || !before || kept.has(before)) continue;
      port.nodePort = before;
      kept.add(before);
    }
  }
  if (needsHealthCheckPort(old) && needsHealthCheckPort(next) && from.healthCheckNodePort) {
    to.healthCheckNodePort ||= from.healthCheckNodePort;
  }
}

/** Clients older than dual-stack know clusterIP alone. */
function agreeOnClusterIps(next: Service, old: Service | undefined): void {
  const spec = specOf(next);
  if (!old) {
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
    return;
  }
  const before = specOf(old);
  const changed = (spec.clusterIP ?? '') !== (before.clusterIP ?? '');
  if (!changed && before.clusterIPs?.length && !spec.clusterIPs?.length)
    spec.clusterIPs = [...before.clusterIPs];
  if (!changed || !semanticEqual(spec.clusterIPs, before.clusterIPs)) return;
  if (spec.clusterIP) spec.clusterIPs = [spec.clusterIP];
  else delete spec.clusterIPs;
}

function settleFamilies(next: Service, old: Service | undefined, families: readonly Family[]): FieldError[] {
  const spec = specOf(next);
  if (spec.type === 'ExternalName') return [];
  if (old && keepsPreference(next, old)) return [];
  const isFree = spec.clusterIP === NO_CLUSTER_IP && Object.keys(spec.selector ?? {}).length === 0;
  // An update that does not say means the policy there was.
  spec.ipFamilyPolicy ??= old?.spec?.ipFamilyPolicy ?? (isFree ? 'RequireDualStack' : 'SingleStack');
  const invalid = validateClusterIps(next);
  if (invalid.length > 0) return invalid;
  const errors = old ? release(next, old) : [];
  if (spec.ipFamilyPolicy === 'SingleStack') {
    const refuse = (what: string) =>
      invalidValue(
        'spec.ipFamilyPolicy',
        spec.ipFamilyPolicy,
        `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`,
      );
    if (spec.clusterIPs?.length === 2) errors.push(refuse('cluster IPs'));
    if (spec.ipFamilies?.length === 2) errors.push(refuse('IP families'));
  }
  errors.push(...inferFamilies(next, families));
  if (errors.length > 0) return errors;
  if (isFree) {
    settleWithoutEndpoints(next, families);
    return [];
  }
  if (spec.ipFamilyPolicy === 'RequireDualStack' && families.length < 2) {
    const why = 'this cluster is not configured for dual-stack services';
    errors.push(invalidValue('spec.ipFamilyPolicy', spec.ipFamilyPolicy, why));
  }
  for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
    if (families.some(f => f === family)) continue;
    errors.push(invalidValue(at('spec.ipFamilies', i), family, 'not configured on this cluster'));
  }
  if (errors.length > 0) return errors;
  if (!spec.ipFamilies?.length) spec.ipFamilies = families.slice(0, 1);
  if (spec.ipFamilyPolicy !== 'SingleStack' && spec.ipFamilies.length < 2) {
    spec.ipFamilies = [...spec.ipFamilies, ...families.filter(f => f !== spec.ipFamilies?.[0])];
  }
  return [];
}

/**
 * From two stacks to one: the second family and address go with the policy, and nothing else may
 * take them away.
 */
function release(next: Service, old: Service): FieldError[] {
  const [spec, before] = [specOf(next), specOf(old)];
  if (spec.ipFamilyPolicy === 'SingleStack') {
    if (spec.clusterIPs && semanticEqual(spec.clusterIPs, before.clusterIPs))
      spec.clusterIPs = spec.clusterIPs.slice(0, 1);
    if (spec.ipFamilies && semanticEqual(spec.ipFamilies, before.ipFamilies))
      spec.ipFamilies = spec.ipFamilies.slice(0, 1);
    return [];
  }
  const isFewer = (now: readonly string[] = [], was: readonly string[] = []) =>
    now.length > 0 && now.length < was.length;
  const refuse = (what: string) =>
    invalidValue(
      'spec.ipFamilyPolicy',
      spec.ipFamilyPolicy,
      `must be 'SingleStack' to release the secondary ${what}`,
    );
  return [
    ...(isFewer(spec.clusterIPs, before.clusterIPs) ? [refuse('cluster IP')] : []),
    ...(isFewer(spec.ipFamilies, before.ipFamilies) ? [refuse('IP family')] : []),
  ];
}

/** A Service that only prefers two stacks does not change them because the cluster did. */
export function keepsPreference(next: Service, old: Service): boolean {
  const [spec, before] = [specOf(next), specOf(old)];
  return (
    spec.type === before.type &&
    needsClusterIp(next) &&
    spec.ipFamilyPolicy === 'PreferDualStack' &&
    (before.ipFamilyPolicy ?? 'PreferDualStack') === 'PreferDualStack' &&
    semanticEqual(spec.clusterIPs, before.clusterIPs) &&
    semanticEqual(spec.ipFamilies, before.ipFamilies)
  );
}

/** Each address names its family. */
function inferFamilies(service: Service, families: readonly Family[]): FieldError[] {
  const spec = specOf(service);
  const addresses = spec.clusterIPs ?? [];
  const known = [...(spec.ipFamilies ?? [])];
  for (const [i, address] of addresses.entries()) {
    if (address === NO_CLUSTER_IP) break;
    const family = parseIp(address)?.family;
    if (i < known.length || !family) continue;
    if (!families.includes(family)) {
      return [
        invalidValue(at('spec.clusterIPs', i), addresses, `${family} is not configured on this cluster`),
      ];
    }
    known.push(family);
  }
  if (known.length > 0) spec.ipFamilies = known;
  return [];
}

/** Headless without selector: its addresses are whatever somebody writes, so both families may be. */
function settleWithoutEndpoints(service: Service, families: readonly Family[]): void {
  const spec = specOf(service);
  const [first = families[0] ?? 'IPv4', ...rest] = spec.ipFamilies ?? [];
  const other = first === 'IPv4' ? 'IPv6' : 'IPv4';
  const both = rest.length === 0 && spec.ipFamilyPolicy !== 'SingleStack';
  spec.ipFamilies = both ? [first, other] : [first, ...rest];
}
