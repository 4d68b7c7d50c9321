import type { ResourceQuota } from '../../generated/core-v1.ts';
import { carryOver, keepStatus } from '../carry-over.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { at, type FieldError, invalidValue } from '../field-error.ts';
import { entriesOf, IMMUTABLE } from '../validation/checks.ts';
import { validateQuotaResourceName, validateResourceAmount } from '../validation/resource-names.ts';
import { validateScopeSelector, validateScopes } from './quota/scopes.ts';

/** `pods: 1/10, …` of the quota's resources that are (or are not) limits, in name order. */
function usage({ status }: ResourceQuota, limits: boolean): string {
  return Object.keys(status?.hard ?? {})
    .filter(resource => resource.startsWith('limits.') === limits)
    .sort()
    .map(resource => `${resource}: ${status?.used?.[resource] ?? '0'}/${status?.hard?.[resource] ?? '0'}`)
    .join(', ');
}

function validateAmounts(amounts: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  return entriesOf(amounts).flatMap(([resource, amount]) => [
    ...validateQuotaResourceName(resource, at(path, resource)),
    ...validateResourceAmount(resource, amount, at(path, resource)),
  ]);
}

function validateSpec({ spec }: ResourceQuota): FieldError[] {
  return [
    ...validateAmounts(spec.hard, 'spec.hard'),
    ...validateScopes(spec, 'spec'),
    ...validateScopeSelector(spec, 'spec'),
  ];
}

function validateStatus({ status }: ResourceQuota): FieldError[] {
  return [...validateAmounts(status?.hard, 'status.hard'), ...validateAmounts(status?.used, 'status.used')];
}

function validateUpdate(next: ResourceQuota, old: ResourceQuota): FieldError[] {
  const scopes = (quota: ResourceQuota) => [...new Set(quota.spec?.scopes)].sort().join();
  return [
    ...validateSpec(next),
    ...(scopes(next) === scopes(old)
      ? []
      : [invalidValue('spec.scopes', next.spec?.scopes ?? null, IMMUTABLE)]),
  ];
}

export const resourceQuota = defineKind<ResourceQuota>({
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  singular: 'resourcequota',
  shortNames: ['quota'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ResourceQuota',
  prepareForCreate: o => {
    o.status = {};
  },
  prepareForUpdate: keepStatus,
  validate: validateSpec,
  validateUpdate,
  subresources: {
    status: { prepareForUpdate: (next, old) => carryOver(next, old, 'spec'), validateUpdate: validateStatus },
  },
  columns: [name, column('Request', o => usage(o, false)), column('Limit', o => usage(o, true)), age],
});
