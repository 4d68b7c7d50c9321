/** Validation of HorizontalPodAutoscalers in their stored form, autoscaling/v2. */
import type { HorizontalPodAutoscaler, HPAScalingRules } from '../../generated/autoscaling-v2.ts';
import { at, child, type FieldError, invalidValue, notSupported, required } from '../field-error.ts';
import { nonNegative } from '../validation/checks.ts';
import { nonNegativeQuantity } from '../validation/resource-names.ts';
import { validateMetrics, validateScaleTarget } from './hpa-metric-validation.ts';

const SELECTIONS = ['Disabled', 'Max', 'Min'];
const POLICIES = ['Percent', 'Pods'];
const MAX_WINDOW_SECONDS = 3600;
const MAX_PERIOD_SECONDS = 1800;

export function validateHpa({ spec }: HorizontalPodAutoscaler): FieldError[] {
  const { minReplicas, maxReplicas, scaleTargetRef, metrics = [], behavior } = spec;
  const errors: FieldError[] = [];
  if (minReplicas !== undefined && minReplicas < 1) {
    errors.push(invalidValue('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'));
  }
  const max = 'spec.maxReplicas';
  if (maxReplicas === 0) errors.push(required(max, 'must be set and greater than 0'));
  else if (maxReplicas < 1) errors.push(invalidValue(max, maxReplicas, 'must be greater than or equal to 1'));
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    errors.push(invalidValue(max, maxReplicas, 'must be greater than or equal to `minReplicas`'));
  }
  return [
    ...errors,
    ...validateScaleTarget(scaleTargetRef, 'spec.scaleTargetRef'),
    ...validateMetrics(metrics, minReplicas),
    ...validateRules(behavior?.scaleUp, 'spec.behavior.scaleUp'),
    ...validateRules(behavior?.scaleDown, 'spec.behavior.scaleDown'),
  ];
}

function validateRules(rules: HPAScalingRules | undefined, path: string): FieldError[] {
  if (!rules) return [];
  const errors: FieldError[] = [];
  const { stabilizationWindowSeconds: window, selectPolicy, policies = [], tolerance } = rules;
  const atMost = (field: string, value: number, limit: number) => {
    if (value > limit) errors.push(invalidValue(field, value, `must be less than or equal to ${limit}`));
  };
  const positive = (field: string, value: number) => {
    if (value <= 0) errors.push(invalidValue(field, value, 'must be greater than zero'));
  };
  if (window !== undefined) {
    const field = child(path, 'stabilizationWindowSeconds');
    if (window < 0) errors.push(invalidValue(field, window, 'must be greater than or equal to zero'));
    atMost(field, window, MAX_WINDOW_SECONDS);
  }
  if (selectPolicy !== undefined && !SELECTIONS.includes(selectPolicy)) {
    errors.push(notSupported(child(path, 'selectPolicy'), selectPolicy, SELECTIONS));
  }
  if (policies.length === 0)
    errors.push(required(child(path, 'policies'), 'must specify at least one Policy'));
  for (const [i, policy] of policies.entries()) {
    const item = at(child(path, 'policies'), i);
    if (!POLICIES.includes(policy.type))
      errors.push(notSupported(child(item, 'type'), policy.type, POLICIES));
    positive(child(item, 'value'), policy.value);
    positive(child(item, 'periodSeconds'), policy.periodSeconds);
    atMost(child(item, 'periodSeconds'), policy.periodSeconds, MAX_PERIOD_SECONDS);
  }
  return tolerance === undefined
    ? errors
    : [...errors, ...nonNegativeQuantity(tolerance, child(path, 'tolerance'))];
}

export function validateHpaStatus({ status }: HorizontalPodAutoscaler): FieldError[] {
  return [
    ...nonNegative('status.currentReplicas', status?.currentReplicas),
    ...nonNegative('status.desiredReplicas', status?.desiredReplicas),
  ];
}
