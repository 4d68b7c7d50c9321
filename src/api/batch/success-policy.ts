import type { JobSpec, SuccessPolicy } from '../../generated/batch-v1.ts';
import { at, child, type FieldError, invalidValue, required, tooLong, tooMany } from '../field-error.ts';
import { nonNegative } from '../validation/checks.ts';
import { countIndexes } from './index-set.ts';

const MAX_RULES = 20;
const MAX_INDEXES_LENGTH = 65_536;

export function validateSuccessPolicy(spec: JobSpec, path: string): FieldError[] {
  if (spec.completionMode !== 'Indexed') {
    return [invalidValue(path, shownSuccessPolicy(spec.successPolicy), 'requires indexed completion mode')];
  }
  const list = child(path, 'rules');
  const rules = spec.successPolicy?.rules ?? [];
  const errors: FieldError[] = [];
  if (rules.length === 0) {
    errors.push(required(list, 'at least one rules must be specified when the successPolicy is specified'));
  }
  if (rules.length > MAX_RULES) errors.push(tooMany(list, rules.length, MAX_RULES));
  const completions = spec.completions ?? 0;
  for (const [i, { succeededCount, succeededIndexes }] of rules.entries()) {
    const rule = at(list, i);
    let total = 0;
    if (succeededCount === undefined && succeededIndexes === undefined) {
      errors.push(required(rule, 'at least one of succeededCount or succeededIndexes must be specified'));
    }
    if (succeededIndexes !== undefined) {
      if (succeededIndexes.length > MAX_INDEXES_LENGTH)
        errors.push(tooLong(child(rule, 'succeededIndexes'), MAX_INDEXES_LENGTH));
      const counted = countIndexes(succeededIndexes, completions);
      if (typeof counted === 'number') total = counted;
      else {
        const why = `error parsing succeededIndexes: ${counted.error}`;
        errors.push(invalidValue(child(rule, 'succeededIndexes'), succeededIndexes, why));
      }
    }
    if (succeededCount === undefined) continue;
    const field = child(rule, 'succeededCount');
    errors.push(...nonNegative(field, succeededCount));
    const atMost = (limit: number, what: string) => {
      if (succeededCount <= limit) return;
      errors.push(invalidValue(field, succeededCount, `must be less than or equal to ${limit} (${what})`));
    };
    atMost(completions, 'the number of specified completions');
    if (succeededIndexes !== undefined) {
      atMost(total, 'the number of indexes in the specified succeededIndexes field');
    }
  }
  return errors;
}

/** As upstream's struct prints: it has no JSON names. */
export const shownSuccessPolicy = (policy: SuccessPolicy | undefined): unknown =>
  policy
    ? {
        Rules: (policy.rules ?? []).map(rule => ({
          SucceededIndexes: rule.succeededIndexes ?? null,
          SucceededCount: rule.succeededCount ?? null,
        })),
      }
    : null;
