/** clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy: each alone and all together. */
import type { Service } from '../../../generated/core-v1.ts';
import { at, duplicate, type FieldError, invalidValue, notSupported, required } from '../../field-error.ts';
import { checked } from '../../validation/checks.ts';
import { ipErrors, parseIp } from '../../validation/ip.ts';
import { isHeadless, NO_CLUSTER_IP, specOf } from './traits.ts';

const FAMILIES = ['IPv4', 'IPv6'];
const POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
const FIELD = 'spec.clusterIPs';

export function validateClusterIps(service: Service): FieldError[] {
  const { type, clusterIP, clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = specOf(service);
  if (type === 'ExternalName') return [];
  const errors: FieldError[] = [];
  if (clusterIP) {
    if (clusterIPs.length === 0) errors.push(required(FIELD));
    else if (clusterIPs[0] !== clusterIP) {
      errors.push(invalidValue(FIELD, clusterIPs, 'first value must match `clusterIP`'));
    }
  } else if (clusterIPs.length > 0) {
    errors.push(invalidValue(FIELD, clusterIPs, 'must be empty when `clusterIP` is not specified'));
  }
  for (const [i, family] of ipFamilies.entries()) {
    const path = at('spec.ipFamilies', i);
    if (!FAMILIES.includes(family)) errors.push(notSupported(path, family, FAMILIES));
    if (ipFamilies.indexOf(family) < i) errors.push(duplicate(path, family));
  }
  if (ipFamilyPolicy !== undefined && !POLICIES.includes(ipFamilyPolicy)) {
    errors.push(notSupported('spec.ipFamilyPolicy', ipFamilyPolicy, POLICIES));
  }
  const invalid = validateAddresses(clusterIPs);
  errors.push(...invalid);
  if (clusterIPs.length > 2) errors.push(invalidValue(FIELD, clusterIPs, 'may only hold up to 2 values'));
  if (invalid.length > 0) return errors;
  const families = clusterIPs.map(ip => parseIp(ip)?.family);
  if (clusterIPs.length > 1 && new Set(families).size < 2) {
    errors.push(invalidValue(FIELD, clusterIPs, 'may specify no more than one IP for each IP family'));
  }
  if (isHeadless(service)) return errors;
  for (const [i, ip] of clusterIPs.entries()) {
    const family = ipFamilies[i];
    if (family === undefined || !FAMILIES.includes(family) || family === families[i]) continue;
    errors.push(
      invalidValue(at(FIELD, i), ip, `expected an ${family} value as indicated by \`ipFamilies[${i}]\``),
    );
  }
  return errors;
}

function validateAddresses(clusterIPs: readonly string[]): FieldError[] {
  return clusterIPs.flatMap((ip, i) => {
    if (i > 0 || ip !== NO_CLUSTER_IP) return checked(at(FIELD, i), ip, ipErrors);
    return clusterIPs.length > 1
      ? [invalidValue(FIELD, clusterIPs, "'None' must be the first and only value")]
      : [];
  });
}
