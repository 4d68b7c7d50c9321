/**
 * The behavior of a HorizontalPodAutoscaler as its autoscaling/v1 annotation has it: upstream's internal
 * struct in JSON, with Go's names and a null for whatever is not set. Go reads names in any case.
 */
import type { HorizontalPodAutoscaler, HPAScalingRules } from '../../generated/autoscaling-v2.ts';

type Behavior = NonNullable<HorizontalPodAutoscaler['spec']['behavior']>;

export function behaviorToV1({ scaleUp, scaleDown }: Behavior): unknown {
  return { ScaleUp: rulesToV1(scaleUp), ScaleDown: rulesToV1(scaleDown) };
}

function rulesToV1(rules: HPAScalingRules | undefined): unknown {
  if (!rules) return null;
  const { stabilizationWindowSeconds = null, selectPolicy = null, policies, tolerance = null } = rules;
  return {
    StabilizationWindowSeconds: stabilizationWindowSeconds,
    SelectPolicy: selectPolicy,
    Policies:
      policies?.map(({ type, value, periodSeconds }) => ({
        Type: type,
        Value: value,
        PeriodSeconds: periodSeconds,
      })) ?? null,
    Tolerance: tolerance,
  };
}

/** Undefined: nothing that can be read. */
export function behaviorFromV1(value: unknown): Behavior | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { scaleUp, scaleDown } = named(value, ['scaleUp', 'scaleDown']);
  const behavior: Behavior = {};
  if (isObject(scaleUp)) behavior.scaleUp = rulesFromV1(scaleUp);
  if (isObject(scaleDown)) behavior.scaleDown = rulesFromV1(scaleDown);
  return behavior;
}

const RULES = ['stabilizationWindowSeconds', 'selectPolicy', 'policies', 'tolerance'];
const POLICY = ['type', 'value', 'periodSeconds'];

function rulesFromV1(value: object): HPAScalingRules {
  const { policies, ...rules } = named(value, RULES);
  const list = Array.isArray(policies) ? policies.filter(isObject).map(policy => named(policy, POLICY)) : [];
  return { ...rules, ...(list.length > 0 ? { policies: list as never } : {}) };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** The fields that are set, under the names wanted. */
function named(value: object, names: readonly string[]): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    const name = names.find(n => n.toLowerCase() === key.toLowerCase());
    if (name !== undefined && field !== null) out[name] = field;
  }
  return out;
}
