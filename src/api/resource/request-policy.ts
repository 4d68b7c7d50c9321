/** How much of a device's capacity one request may take. */
import type { CapacityRequestPolicy, CapacityRequestPolicyRange } from '../../generated/resource-v1.ts';
import { at, child, type FieldError, forbiddenField, invalidValue, required } from '../field-error.ts';
import { addQuantities, compareQuantities, formatQuantity, quantityValue } from '../quantity.ts';
import { checkSet } from './lists.ts';

const VALUES_MAX = 10;

export function validateRequestPolicy(
  policy: CapacityRequestPolicy,
  capacity: string,
  path: string,
): FieldError[] {
  const { validRange } = policy;
  const validValues = policy.validValues ?? [];
  const listed = validValues.length > 0;
  if (listed && validRange) {
    const why =
      'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time';
    return [forbiddenField(path, why)];
  }
  if (!listed && !validRange) return [];
  const field = listed ? 'validValues' : 'validRange';
  if (policy.default === undefined)
    return [required(child(path, 'default'), `required when ${field} is defined`)];
  return validRange
    ? validateRange(validRange, policy.default, capacity, child(path, field))
    : validateValues(validValues, policy.default, capacity, child(path, field));
}

function validateValues(
  values: readonly string[],
  standard: string,
  capacity: string,
  path: string,
): FieldError[] {
  const errors = values.flatMap((value, i) =>
    i > 0 && compareQuantities(values[i - 1] ?? '0', value) > 0
      ? [invalidValue(at(path, i), value, 'values must be sorted in ascending order')]
      : [],
  );
  const check = (value: string, here: string) =>
    compareQuantities(value, capacity) > 0
      ? [invalidValue(here, value, `option is larger than capacity value: ${capacity}`)]
      : [];
  errors.push(...checkSet(values, path, check, value => `${quantityValue(value)}`, VALUES_MAX));
  const known = values.length <= VALUES_MAX && values.some(value => compareQuantities(value, standard) === 0);
  const why = 'default value is not valid according to the requestPolicy';
  return known ? errors : [...errors, invalidValue(path, standard, why)];
}

function validateRange(
  { min, max, step }: CapacityRequestPolicyRange,
  standard: string,
  capacity: string,
  path: string,
): FieldError[] {
  const [minPath, maxPath] = [child(path, 'min'), child(path, 'max')];
  const errors: FieldError[] = [];
  const unless = (fine: boolean, field: string, value: string, why: string) => {
    if (!fine) errors.push(invalidValue(field, value, why));
  };
  const atMost = (a: string, b: string) => compareQuantities(a, b) <= 0;
  if (min === undefined) return [required(minPath, 'required when validRange is defined')];
  unless(atMost(min, capacity), minPath, min, `min is larger than capacity value: ${capacity}`);
  unless(atMost(min, standard), child(path, 'default'), standard, `default is less than min: ${min}`);
  if (max !== undefined) {
    unless(atMost(min, max), maxPath, min, `min is larger than max: ${max}`);
    unless(atMost(max, capacity), maxPath, max, `max is larger than capacity value: ${capacity}`);
    unless(atMost(standard, max), child(path, 'default'), standard, `default is more than max: ${max}`);
  }
  if (step === undefined) return errors;
  const stepPath = child(path, 'step');
  if (quantityValue(step) <= 0n)
    return [...errors, invalidValue(stepPath, step, 'must be greater than zero')];
  const first = formatQuantity(addQuantities(min, step));
  unless(
    atMost(first, capacity),
    stepPath,
    step,
    `one step ${first} is larger than capacity value: ${capacity}`,
  );
  for (const value of [standard, ...(max === undefined ? [] : [max])]) {
    const fits = (quantityValue(value) - quantityValue(min)) % quantityValue(step) === 0n;
    unless(fits, stepPath, value, `value is not a multiple of a given step (${step}) from (${min})`);
  }
  return errors;
}
