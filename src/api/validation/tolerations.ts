import type { Toleration } from '../../generated/core-v1.ts';
import { at, child, type FieldError, invalidValue, notSupported } from '../field-error.ts';
import { labelValue } from '../meta/names.ts';
import { checkQualifiedName } from './checks.ts';

const OPERATORS = ['Equal', 'Exists'];
const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export function validateTolerations(
  tolerations: readonly Toleration[] | undefined,
  path: string,
): FieldError[] {
  return (tolerations ?? []).flatMap((toleration, i) => validateToleration(toleration, at(path, i)));
}

function validateToleration(toleration: Toleration, path: string): FieldError[] {
  const { key = '', operator = '', value = '', effect = '', tolerationSeconds } = toleration;
  const errors = key ? checkQualifiedName(child(path, 'key'), key) : [];
  const where = child(path, 'operator');
  if (!key && operator !== 'Exists') {
    const why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(invalidValue(where, operator, why));
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    const why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
    errors.push(invalidValue(child(path, 'effect'), effect, why));
  }
  if (operator === '' || operator === 'Equal') {
    const wrong = labelValue(value);
    if (wrong.length > 0) errors.push(invalidValue(where, value, wrong.join(';')));
  } else if (operator === 'Exists') {
    if (value) errors.push(invalidValue(where, value, "value must be empty when `operator` is 'Exists'"));
  } else errors.push(notSupported(where, operator, OPERATORS));
  if (effect && !EFFECTS.includes(effect)) errors.push(notSupported(child(path, 'effect'), effect, EFFECTS));
  return errors;
}
