/** metav1.Condition lists in statuses (apimachinery ValidateConditions). */
import type { Condition } from '../../generated/meta-v1.ts';
import {
  at,
  child,
  duplicate,
  type FieldError,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from '../field-error.ts';
import { regexError } from '../meta/names.ts';
import { checkQualifiedName } from './checks.ts';

const STATUSES = ['False', 'True', 'Unknown'];
const REASON = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';
const REASON_MAX = 1024;
const MESSAGE_MAX = 32_768;
const REASON_ERROR = regexError(
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
  REASON,
  'my_name',
  'MY_NAME',
  'MyName',
  'ReasonA,ReasonB',
  'ReasonA:ReasonB',
);

export function validateConditions(conditions: readonly Condition[] | undefined, path: string): FieldError[] {
  return (conditions ?? []).flatMap((condition, i, all) => {
    const item = at(path, i);
    const again = all.findIndex(c => c.type === condition.type) < i;
    return [
      ...(again ? [duplicate(child(item, 'type'), condition.type)] : []),
      ...validateCondition(condition, item),
    ];
  });
}

function validateCondition(condition: Condition, path: string): FieldError[] {
  const { type, status, observedGeneration = 0, lastTransitionTime, reason, message } = condition;
  const errors = checkQualifiedName(child(path, 'type'), type);
  if (!STATUSES.includes(status)) errors.push(notSupported(child(path, 'status'), status, STATUSES));
  if (observedGeneration < 0) {
    const why = 'must be greater than or equal to zero';
    errors.push(invalidValue(child(path, 'observedGeneration'), observedGeneration, why));
  }
  if (!lastTransitionTime) errors.push(required(child(path, 'lastTransitionTime')));
  const reasonPath = child(path, 'reason');
  if (!reason) errors.push(required(reasonPath));
  else if (!new RegExp(`^${REASON}$`).test(reason))
    errors.push(invalidValue(reasonPath, reason, REASON_ERROR));
  if (Buffer.byteLength(reason) > REASON_MAX) errors.push(tooLong(reasonPath, REASON_MAX));
  if (Buffer.byteLength(message) > MESSAGE_MAX) errors.push(tooLong(child(path, 'message'), MESSAGE_MAX));
  return errors;
}
