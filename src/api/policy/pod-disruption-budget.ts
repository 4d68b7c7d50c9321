import type { PodDisruptionBudget } from '../../generated/policy-v1.ts';
import { keepStatus } from '../carry-over.ts';
import { age, column, integer, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { type FieldError, invalidValue } from '../field-error.ts';
import { validateLabelSelector } from '../meta/labels.ts';
import { nonNegative, optionalEnumeration } from '../validation/checks.ts';
import { validateConditions } from '../validation/conditions.ts';
import { atMostAll, shownSelector, validateIntOrPercent } from '../validation/workload.ts';

const EVICTION_POLICIES = ['AlwaysAllow', 'IfHealthyBudget'];

function validate({ spec }: PodDisruptionBudget): FieldError[] {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec;
  const errors: FieldError[] = [];
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    // As upstream's struct prints: it has no JSON names.
    const shown = {
      MinAvailable: minAvailable,
      Selector: shownSelector(selector),
      MaxUnavailable: maxUnavailable,
      UnhealthyPodEvictionPolicy: policy ?? null,
    };
    errors.push(invalidValue('spec', shown, 'minAvailable and maxUnavailable cannot be both set'));
  }
  const amount = (path: string, value: number | string | undefined) =>
    value === undefined ? [] : [...validateIntOrPercent(path, value), ...atMostAll(path, value)];
  return [
    ...errors,
    ...amount('spec.minAvailable', minAvailable),
    ...amount('spec.maxUnavailable', maxUnavailable),
    ...validateLabelSelector(selector, 'spec.selector'),
    ...optionalEnumeration('spec.unhealthyPodEvictionPolicy', policy, EVICTION_POLICIES),
  ];
}

function validateStatus({ status }: PodDisruptionBudget): FieldError[] {
  return [
    ...validateConditions(status?.conditions, 'status.conditions'),
    ...nonNegative('status.disruptionsAllowed', status?.disruptionsAllowed),
    ...nonNegative('status.currentHealthy', status?.currentHealthy),
    ...nonNegative('status.desiredHealthy', status?.desiredHealthy),
    ...nonNegative('status.expectedPods', status?.expectedPods),
  ];
}

export const podDisruptionBudget = defineKind<PodDisruptionBudget>({
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  singular: 'poddisruptionbudget',
  shortNames: ['pdb'],
  namespaced: true,
  schema: 'io.k8s.api.policy.v1.PodDisruptionBudget',
  nameRule: 'path-segment',
  anyFinalizer: true,
  tracksGeneration: true,
  allowUnconditionalUpdate: false,

  prepareForCreate: o => {
    o.status = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
  },
  prepareForUpdate: keepStatus,
  validate,
  subresources: { status: { validateUpdate: validateStatus } },
  columns: [
    name,
    column('Min Available', o => String(o.spec?.minAvailable ?? 'N/A')),
    column('Max Unavailable', o => String(o.spec?.maxUnavailable ?? 'N/A')),
    integer('Allowed Disruptions', o => o.status?.disruptionsAllowed ?? 0),
    age,
  ],
});
