/** Node selectors: of pods' affinity and of volumes. */
import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm } from '../../../generated/core-v1.ts';
import { at, child, type FieldError, forbiddenField, invalidValue, required } from '../../field-error.ts';
import { validateLabelKey } from '../../meta/labels.ts';
import { dnsSubdomain, labelValue } from '../../meta/names.ts';
import { checked } from '../../validation/checks.ts';

export interface NodeSelectorOptions {
  /** Values that are no labels were allowed once, and stay valid where they are stored or only preferred. */
  readonly allowInvalidValues: boolean;
}

export function validateNodeSelector(
  selector: NodeSelector,
  path: string,
  options: NodeSelectorOptions,
): FieldError[] {
  const terms = child(path, 'nodeSelectorTerms');
  const list = selector.nodeSelectorTerms ?? [];
  if (list.length === 0) return [required(terms, 'must have at least one node selector term')];
  return list.flatMap((term, i) => validateNodeSelectorTerm(term, at(terms, i), options));
}

export function validateNodeSelectorTerm(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  path: string,
  options: NodeSelectorOptions,
): FieldError[] {
  return [
    ...matchExpressions.flatMap((r, i) =>
      validateRequirement(r, at(child(path, 'matchExpressions'), i), options),
    ),
    ...matchFields.flatMap((r, i) => validateFieldRequirement(r, at(child(path, 'matchFields'), i))),
  ];
}

function validateRequirement(
  { key, operator, values = [] }: NodeSelectorRequirement,
  path: string,
  { allowInvalidValues }: NodeSelectorOptions,
): FieldError[] {
  const valuesPath = child(path, 'values');
  const errors: FieldError[] = [];
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) {
        errors.push(required(valuesPath, "must be specified when `operator` is 'In' or 'NotIn'"));
      }
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) {
        errors.push(
          forbiddenField(valuesPath, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        );
      }
      break;
    case 'Gt':
    case 'Lt':
      if (values.length !== 1) {
        errors.push(required(valuesPath, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      }
      break;
    default:
      errors.push(invalidValue(child(path, 'operator'), operator, 'not a valid selector operator'));
  }
  errors.push(...validateLabelKey(key, child(path, 'key')));
  if (!allowInvalidValues) {
    errors.push(...values.flatMap((value, i) => checked(at(valuesPath, i), value, labelValue)));
  }
  return errors;
}

function validateFieldRequirement(
  { key, operator, values = [] }: NodeSelectorRequirement,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length !== 1) {
      errors.push(
        required(
          child(path, 'values'),
          "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
        ),
      );
    }
  } else {
    errors.push(invalidValue(child(path, 'operator'), operator, 'not a valid selector operator'));
  }
  if (key !== 'metadata.name') {
    errors.push(invalidValue(child(path, 'key'), key, 'not a valid field selector key'));
  } else {
    errors.push(
      ...values.flatMap((value, i) => checked(at(child(path, 'values'), i), value, v => dnsSubdomain(v))),
    );
  }
  return errors;
}
