/** Validation of Job specs, alone and inside CronJobs (upstream's validateJobSpec). */
import type { Job, JobSpec } from '../../generated/batch-v1.ts';
import { podTemplateOptions } from '../core/pod-spec/options.ts';
import { validatePodTemplateSpec } from '../core/pod-spec/validate.ts';
import { child, type FieldError, invalidValue, notSupported, required, tooLong } from '../field-error.ts';
import { validateLabelSelector } from '../meta/labels.ts';
import { labelSelectorMatches } from '../selectors/label-selector.ts';
import { nonNegative, optionalEnumeration } from '../validation/checks.ts';
import { validateDomainPath } from '../validation/references.ts';
import { isValidSelector, validateTemplateLabels } from '../validation/workload.ts';
import { validatePodFailurePolicy } from './pod-failure-policy.ts';
import { validateSuccessPolicy } from './success-policy.ts';

/** The spec of a Job of its own: with the selector that makes its pods its own. */
export function validateOwnSpec(job: Job, old?: JobSpec): FieldError[] {
  const { spec } = job;
  if (!spec) return [];
  const labels = spec.template.metadata?.labels;
  const matches = !isValidSelector(spec.selector) || labelSelectorMatches(spec.selector, labels);
  return [
    ...validateJobSpec(spec, 'spec', job, old),
    ...(spec.selector ? validateLabelSelector(spec.selector, 'spec.selector') : [required('spec.selector')]),
    ...validateTemplateLabels(matches, labels, 'spec.template', job),
  ];
}

const MODES = ['NonIndexed', 'Indexed'];
const RESTART_POLICIES = ['OnFailure', 'Never'];
const MANAGED_BY_MAX = 63;
/** Above that many indexes the sets of them no longer fit into the status. */
const MAX_INDEXES = 100_000;
/** With more completions than that, at most so many at a time, and so many that may fail. */
const MAX_AT_A_TIME = 10_000;
const COUNTS = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const;

/** `owner`: the object that holds the spec. */
export function validateJobSpec(spec: JobSpec, path: string, owner: object, old?: JobSpec): FieldError[] {
  const errors = COUNTS.flatMap(field => nonNegative(child(path, field), spec[field]));
  const {
    managedBy,
    completionMode,
    backoffLimitPerIndex,
    maxFailedIndexes,
    podFailurePolicy,
    successPolicy,
  } = spec;
  if (maxFailedIndexes !== undefined && backoffLimitPerIndex === undefined) {
    errors.push(required(child(path, 'backoffLimitPerIndex'), 'when maxFailedIndexes is specified'));
  }
  if (managedBy !== undefined) {
    errors.push(...validateDomainPath(managedBy, child(path, 'managedBy')));
    if (managedBy.length > MANAGED_BY_MAX) errors.push(tooLong(child(path, 'managedBy'), MANAGED_BY_MAX));
  }
  errors.push(...optionalEnumeration(child(path, 'completionMode'), completionMode, MODES));
  if (completionMode === 'Indexed') errors.push(...validateIndexed(spec, path));
  if (completionMode === undefined || completionMode === 'NonIndexed') {
    const why = 'requires indexed completion mode';
    for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
      if (spec[field] !== undefined) errors.push(invalidValue(child(path, field), spec[field], why));
    }
  }
  if (podFailurePolicy)
    errors.push(...validatePodFailurePolicy(spec, child(path, 'podFailurePolicy'), owner));
  if (successPolicy) errors.push(...validateSuccessPolicy(spec, child(path, 'successPolicy')));
  errors.push(...validateReplacement(spec, path));
  const template = child(path, 'template');
  return [
    ...errors,
    ...validatePodTemplateSpec(spec.template, template, podTemplateOptions(spec.template, old?.template)),
    ...validateRestartPolicy(spec, child(template, 'spec.restartPolicy')),
  ];
}

function validateIndexed(spec: JobSpec, path: string): FieldError[] {
  const { completions, parallelism = 0, maxFailedIndexes = 0, backoffLimitPerIndex } = spec;
  const errors: FieldError[] = [];
  if (completions === undefined) {
    errors.push(required(child(path, 'completions'), 'when completion mode is Indexed'));
  }
  if (parallelism > MAX_INDEXES) {
    const why = `must be less than or equal to ${MAX_INDEXES} when completion mode is Indexed`;
    errors.push(invalidValue(child(path, 'parallelism'), parallelism, why));
  }
  if (completions !== undefined && maxFailedIndexes > completions) {
    const why = 'must be less than or equal to completions';
    errors.push(invalidValue(child(path, 'maxFailedIndexes'), maxFailedIndexes, why));
  }
  if (maxFailedIndexes > MAX_INDEXES) {
    const why = `must be less than or equal to ${MAX_INDEXES}`;
    errors.push(invalidValue(child(path, 'maxFailedIndexes'), maxFailedIndexes, why));
  }
  return (completions ?? 0) > MAX_INDEXES && backoffLimitPerIndex !== undefined
    ? [...errors, ...validateManyIndexes(spec, path)]
    : errors;
}

function validateManyIndexes({ parallelism = 0, maxFailedIndexes }: JobSpec, path: string): FieldError[] {
  const counts = { parallelism, maxFailedIndexes };
  const errors: FieldError[] = [];
  if (maxFailedIndexes === undefined) {
    const why = `must be specified when completions is above ${MAX_INDEXES}`;
    errors.push(required(child(path, 'maxFailedIndexes'), why));
  }
  for (const field of ['parallelism', 'maxFailedIndexes'] as const) {
    const count = counts[field] ?? 0;
    if (count <= MAX_AT_A_TIME) continue;
    const why = `must be less than or equal to ${MAX_AT_A_TIME} when completions are above ${MAX_INDEXES} and used with backoff limit per index`;
    errors.push(invalidValue(child(path, field), count, why));
  }
  return errors;
}

/** The set of completed indexes may outgrow the status. */
export const indexWarnings = (
  { completionMode, completions = 0, parallelism = 0 }: JobSpec,
  path: string,
): string[] =>
  completionMode === 'Indexed' && completions > MAX_INDEXES && parallelism > MAX_AT_A_TIME
    ? [
        `${path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail`,
      ]
    : [];

function validateReplacement(
  { podReplacementPolicy: policy, podFailurePolicy }: JobSpec,
  path: string,
): FieldError[] {
  const supported = podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  return policy === undefined
    ? []
    : optionalEnumeration(child(path, 'podReplacementPolicy'), policy, supported);
}

function validateRestartPolicy({ template, podFailurePolicy }: JobSpec, path: string): FieldError[] {
  const policy = template.spec?.restartPolicy ?? '';
  // What templates default to cannot end: the message asks for a choice.
  if (policy === '' || policy === 'Always') return [required(path, 'valid values: "OnFailure", "Never"')];
  if (!RESTART_POLICIES.includes(policy)) return [notSupported(path, policy, RESTART_POLICIES)];
  return podFailurePolicy && policy !== 'Never'
    ? [invalidValue(path, policy, 'only "Never" is supported when podFailurePolicy is specified')]
    : [];
}
