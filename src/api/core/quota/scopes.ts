/** Scopes of quotas: which objects count. Not every scope makes sense for every resource. */
import { ownField } from '../../../base/own-field.ts';
import type { ResourceQuotaSpec } from '../../../generated/core-v1.ts';
import { child, type FieldError, invalidValue, required } from '../../field-error.ts';
import { isQuotaResource } from '../../validation/resource-names.ts';

const PODS = ['pods'];
const COMPUTE = [...PODS, 'cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];

/** What each scope can restrict. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  Terminating: COMPUTE,
  NotTerminating: COMPUTE,
  BestEffort: PODS,
  NotBestEffort: COMPUTE,
  PriorityClass: COMPUTE,
  CrossNamespacePodAffinity: COMPUTE,
  VolumeAttributesClass: ['persistentvolumeclaims', 'requests.storage'],
};
const NEEDS_NO_VALUE = [
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'CrossNamespacePodAffinity',
];
const CONFLICTS = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;

/** How many of the quota's resources the scope cannot restrict. */
function misfits(scope: string, spec: ResourceQuotaSpec): number {
  const possible = ownField(SCOPES, scope);
  if (!possible) return 0;
  return Object.keys(spec.hard ?? {}).filter(r => isQuotaResource(r) && !possible.includes(r)).length;
}

function conflicts(scopes: readonly string[], path: string, shown: unknown): FieldError[] {
  return CONFLICTS.filter(pair => pair.every(scope => scopes.includes(scope))).map(() =>
    invalidValue(path, shown, 'conflicting scopes'),
  );
}

const repeat = (count: number, error: FieldError) => Array<FieldError>(count).fill(error);

export function validateScopes(spec: ResourceQuotaSpec, base: string): FieldError[] {
  const path = child(base, 'scopes');
  const scopes = spec.scopes ?? [];
  const errors = scopes.flatMap(scope => [
    ...(ownField(SCOPES, scope) ? [] : [invalidValue(path, scopes, 'unsupported scope')]),
    ...repeat(misfits(scope, spec), invalidValue(path, scopes, 'unsupported scope applied to resource')),
  ]);
  return [...errors, ...conflicts(scopes, path, scopes)];
}

export function validateScopeSelector(spec: ResourceQuotaSpec, base: string): FieldError[] {
  const requirements = spec.scopeSelector?.matchExpressions;
  if (!requirements) return [];
  const path = child(child(base, 'scopeSelector'), 'matchExpressions');
  // As upstream's struct prints: it has no JSON names.
  const shown = {
    MatchExpressions: requirements.map(({ scopeName, operator, values = null }) => ({
      ScopeName: scopeName,
      Operator: operator,
      Values: values,
    })),
  };
  const errors = requirements.flatMap(({ scopeName, operator, values = [] }) => [
    ...(ownField(SCOPES, scopeName)
      ? []
      : [invalidValue(child(path, 'scopeName'), scopeName, 'unsupported scope')]),
    ...repeat(misfits(scopeName, spec), invalidValue(path, shown, 'unsupported scope applied to resource')),
    ...(NEEDS_NO_VALUE.includes(scopeName) && operator !== 'Exists'
      ? [invalidValue(child(path, 'operator'), operator, ONLY_EXISTS)]
      : []),
    ...validateOperator(operator, values, path),
  ]);
  return [
    ...errors,
    ...conflicts(
      requirements.map(r => r.scopeName),
      path,
      spec.scopes ?? null,
    ),
  ];
}

const ONLY_EXISTS =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

function validateOperator(operator: string, values: readonly string[], path: string): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length > 0
        ? []
        : [
            required(
              child(path, 'values'),
              "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
            ),
          ];
    case 'Exists':
    case 'DoesNotExist':
      return values.length === 0
        ? []
        : [
            invalidValue(
              child(path, 'values'),
              values,
              "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
            ),
          ];
    default:
      return [invalidValue(child(path, 'operator'), operator, 'not a valid selector operator')];
  }
}
