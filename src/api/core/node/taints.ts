/** Taints of nodes. */
import type { Taint } from '../../../generated/core-v1.ts';
import { at, child, duplicate, type FieldError, invalidValue } from '../../field-error.ts';
import { labelValue } from '../../meta/names.ts';
import { checkQualifiedName, enumeration } from '../../validation/checks.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** As upstream's struct prints: it has no JSON names. */
const shown = ({ key, value = '', effect, timeAdded }: Taint) => ({
  Key: key,
  Value: value,
  Effect: effect,
  TimeAdded: timeAdded ?? null,
});

export function validateTaints(taints: readonly Taint[], path: string): FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap((taint, i) => {
    const item = at(path, i);
    const errors = checkQualifiedName(child(item, 'key'), taint.key);
    const bad = labelValue(taint.value ?? '');
    if (bad.length > 0) errors.push(invalidValue(child(item, 'value'), taint.value, bad.join(';')));
    errors.push(...enumeration(child(item, 'effect'), taint.effect, EFFECTS));
    const identity = `${taint.effect} ${taint.key}`;
    if (seen.has(identity)) {
      const { body, ...error } = duplicate(item, shown(taint));
      errors.push({ ...error, body: `${body}: taints must be unique by key and effect pair` });
    }
    seen.add(identity);
    return errors;
  });
}
