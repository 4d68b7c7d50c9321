import type { ServiceCIDR } from '../../generated/networking-v1.ts';
import { keepStatus } from '../carry-over.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { at, type FieldError, invalidValue, required } from '../field-error.ts';
import { wroteEmptyList } from '../schema/empty-lists.ts';
import { checked, immutable } from '../validation/checks.ts';
import { canonicalCidrErrors, parseCidr } from '../validation/ip.ts';

function validate({ spec }: ServiceCIDR): FieldError[] {
  const cidrs = spec?.cidrs ?? [];
  const path = 'spec.cidrs';
  if (cidrs.length === 0) return [required(path, 'at least one CIDR required')];
  // As upstream's struct prints: it has no JSON names.
  if (cidrs.length > 2) return [invalidValue(path, { CIDRs: cidrs }, 'may only hold up to 2 values')];
  const errors = cidrs.flatMap((cidr, i) => checked(at(path, i), cidr, canonicalCidrErrors));
  const families = cidrs.map(cidr => parseCidr(cidr)?.ip.family);
  if (cidrs.length === 2 && families[0] && families[0] === families[1]) {
    const why = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
    errors.push(invalidValue(path, cidrs, why));
  }
  return errors;
}

/** A range stays what it is, but may be joined by one of the other family. */
function validateUpdate(next: ServiceCIDR, old: ServiceCIDR): FieldError[] {
  const cidrs = next.spec?.cidrs ?? [];
  const before = old.spec?.cidrs ?? [];
  const joined = before.length === 1 && cidrs.length === 2;
  if (cidrs.length !== before.length && !joined) {
    const none = wroteEmptyList(next, 'spec.cidrs') ? [] : null;
    return immutable('spec.cidrs', cidrs, before, next.spec?.cidrs ?? none);
  }
  return [
    ...before.flatMap((cidr, i) => immutable(at('spec.cidrs', i), cidrs[i], cidr)),
    ...(joined ? validate(next) : []),
  ];
}

export const serviceCidr = defineKind<ServiceCIDR>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  singular: 'servicecidr',
  namespaced: false,
  schema: 'io.k8s.api.networking.v1.ServiceCIDR',

  prepareForCreate: o => {
    o.status = {};
  },
  prepareForUpdate: keepStatus,
  validate,
  validateUpdate,
  subresources: {
    // Conditions are not looked at: the default range's has no reason.
    status: { validateUpdate: () => [] },
  },
  columns: [name, column('CIDRs', o => (o.spec?.cidrs ?? []).join(',')), age],
});
