import type {
  JobSpec,
  PodFailurePolicy,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
} from '../../generated/batch-v1.ts';
import {
  at,
  child,
  duplicate,
  type FieldError,
  invalidValue,
  notSupported,
  required,
  tooMany,
} from '../field-error.ts';
import { wroteEmptyListAt } from '../schema/empty-lists.ts';
import { checkQualifiedName } from '../validation/checks.ts';

const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;
const MAX_CONDITIONS = 20;
const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const OPERATORS = ['In', 'NotIn'];
const STATUSES = ['False', 'True', 'Unknown'];

const oneOf = (path: string, value: string | undefined, supported: readonly string[]): FieldError[] => {
  if (value && supported.includes(value)) return [];
  const quoted = supported.map(s => JSON.stringify(s)).join(' ');
  return [value ? notSupported(path, value, supported) : required(path, `valid values: [${quoted}]`)];
};

/** An invalid value that is too large to print. */
const invalidUnshown = (field: string, why: string): FieldError => ({
  field,
  reason: 'FieldValueInvalid',
  body: `Invalid value: ${why}`,
});

/** `owner`: the object that holds the spec, as a client wrote it. */
export function validatePodFailurePolicy(spec: JobSpec, path: string, owner: object): FieldError[] {
  const rules = spec.podFailurePolicy?.rules ?? [];
  const errors = rules.length > MAX_RULES ? [tooMany(child(path, 'rules'), rules.length, MAX_RULES)] : [];
  return [
    ...errors,
    ...rules.flatMap((rule, i) => validateRule(rule, spec, at(child(path, 'rules'), i), owner)),
  ];
}

function validateRule(rule: PodFailurePolicyRule, spec: JobSpec, path: string, owner: object): FieldError[] {
  const { action, onExitCodes, onPodConditions = [] } = rule;
  const errors = oneOf(child(path, 'action'), action, ACTIONS);
  if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) {
    errors.push(invalidValue(child(path, 'action'), action, 'requires the backoffLimitPerIndex to be set'));
  }
  if (onExitCodes) errors.push(...validateExitCodes(onExitCodes, spec, child(path, 'onExitCodes'), owner));
  const conditions = child(path, 'onPodConditions');
  if (onPodConditions.length > MAX_CONDITIONS)
    errors.push(tooMany(conditions, onPodConditions.length, MAX_CONDITIONS));
  errors.push(...onPodConditions.flatMap((pattern, i) => validatePattern(pattern, at(conditions, i))));
  const both = 'specifying both OnExitCodes and OnPodConditions is not supported';
  const none = 'specifying one of OnExitCodes and OnPodConditions is required';
  if (onExitCodes && onPodConditions.length > 0) errors.push(invalidUnshown(path, both));
  if (!onExitCodes && onPodConditions.length === 0) errors.push(invalidUnshown(path, none));
  return errors;
}

function validateExitCodes(
  { operator, containerName, values }: PodFailurePolicyOnExitCodesRequirement,
  { template }: JobSpec,
  path: string,
  owner: object,
): FieldError[] {
  const codes = values ?? [];
  const list = child(path, 'values');
  const errors = oneOf(child(path, 'operator'), operator, OPERATORS);
  const containers = [...(template.spec?.containers ?? []), ...(template.spec?.initContainers ?? [])];
  if (containerName !== undefined && !containers.some(c => c.name === containerName)) {
    const why = 'must be one of the container or initContainer names in the pod template';
    errors.push(invalidValue(child(path, 'containerName'), containerName, why));
  }
  if (codes.length === 0) {
    const shown = wroteEmptyListAt(owner, list) ? [] : null;
    errors.push(invalidValue(list, shown, 'at least one value is required'));
  }
  if (codes.length > MAX_EXIT_CODES) errors.push(tooMany(list, codes.length, MAX_EXIT_CODES));
  for (const [i, code] of codes.entries()) {
    if (operator === 'In' && code === 0) {
      errors.push(invalidValue(at(list, i), code, 'must not be 0 for the In operator'));
    }
    if (codes.indexOf(code) < i) errors.push(duplicate(at(list, i), code));
  }
  const ordered = codes.every((code, i) => i === 0 || (codes[i - 1] ?? code) <= code);
  return ordered ? errors : [...errors, invalidValue(list, codes, 'must be ordered')];
}

function validatePattern(
  { type, status }: PodFailurePolicyOnPodConditionsPattern,
  path: string,
): FieldError[] {
  return [
    ...checkQualifiedName(child(path, 'type'), type),
    ...oneOf(child(path, 'status'), status, STATUSES),
  ];
}

/** As upstream's struct prints: it has no JSON names. */
export const shownFailurePolicy = (policy: PodFailurePolicy | undefined): unknown =>
  policy
    ? {
        Rules: (policy.rules ?? []).map(({ action, onExitCodes: codes, onPodConditions }) => ({
          Action: action,
          OnExitCodes: codes
            ? {
                ContainerName: codes.containerName ?? null,
                Operator: codes.operator,
                Values: codes.values ?? null,
              }
            : null,
          OnPodConditions: onPodConditions?.map(c => ({ Type: c.type, Status: c.status })) ?? null,
        })),
      }
    : null;
