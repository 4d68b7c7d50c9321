/** Labels and LabelSelector objects: upstream's apimachinery pkg/apis/meta/v1/validation. */
import type { LabelSelector, LabelSelectorRequirement } from '../../generated/meta-v1.ts';
import { at, child, type FieldError, forbiddenField, invalidValue, required } from '../field-error.ts';
import { labelValue, qualifiedName } from './names.ts';

export function validateLabels(
  labels: Readonly<Record<string, string>> | undefined | null,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(labels ?? {})) {
    errors.push(...validateLabelKey(key, path));
    for (const m of labelValue(value)) errors.push(invalidValue(path, value, m));
  }
  return errors;
}

export function validateLabelKey(key: string, path: string): FieldError[] {
  return qualifiedName(key).map(m => invalidValue(path, key, m));
}

export interface LabelSelectorOptions {
  /** Stored selectors with bad values in expressions stay valid: upstream's AllowInvalidLabelValueInSelector. */
  readonly allowInvalidValues?: boolean;
  /** For who only passes the selector on: upstream's AllowUnknownOperatorInRequirement. */
  readonly allowUnknownOperators?: boolean;
}

export function validateLabelSelector(
  selector: LabelSelector | undefined | null,
  path: string,
  options: LabelSelectorOptions = {},
): FieldError[] {
  if (!selector) return [];
  return [
    ...validateLabels(selector.matchLabels, child(path, 'matchLabels')),
    ...(selector.matchExpressions ?? []).flatMap((r, i) =>
      validateRequirement(r, at(child(path, 'matchExpressions'), i), options),
    ),
  ];
}

export function validateRequirement(
  { key, operator, values = [] }: LabelSelectorRequirement,
  path: string,
  options: LabelSelectorOptions,
): FieldError[] {
  const errors: FieldError[] = [];
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) {
        errors.push(required(child(path, 'values'), "must be specified when `operator` is 'In' or 'NotIn'"));
      }
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) {
        errors.push(
          forbiddenField(
            child(path, 'values'),
            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
          ),
        );
      }
      break;
    default:
      if (!options.allowUnknownOperators)
        errors.push(invalidValue(child(path, 'operator'), operator, 'not a valid selector operator'));
  }
  errors.push(...validateLabelKey(key, child(path, 'key')));
  if (!options.allowInvalidValues) {
    values.forEach((value, i) => {
      for (const m of labelValue(value)) errors.push(invalidValue(at(child(path, 'values'), i), value, m));
    });
  }
  return errors;
}
