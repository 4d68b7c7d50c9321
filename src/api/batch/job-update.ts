/** What an update of a Job may change: its pods exist already. */

import type { Job, JobSpec } from '../../generated/batch-v1.ts';
import type { PodTemplateSpec } from '../../generated/core-v1.ts';
import { type FieldError, invalidValue } from '../field-error.ts';
import { goJson } from '../meta/go-json.ts';
import { immutable } from '../validation/checks.ts';
import { internalPodSpec } from '../validation/internal-form.ts';
import { selectorImmutable } from '../validation/workload.ts';
import { validateOwnSpec } from './job-spec.ts';
import { shownFailurePolicy } from './pod-failure-policy.ts';
import { shownSuccessPolicy } from './success-policy.ts';

export function validateJobChange(next: Job, old: Job): FieldError[] {
  const [spec, before] = [next.spec, old.spec];
  if (!spec || !before) return [];
  return [
    ...validateOwnSpec(spec, before),
    ...validateCompletions(spec, before),
    ...selectorImmutable(spec, before),
    ...validateTemplateChange(spec, before, mayReschedule(old)),
    ...immutable('spec.completionMode', spec.completionMode ?? null, before.completionMode ?? null),
    ...immutable(
      'spec.podFailurePolicy',
      spec.podFailurePolicy,
      before.podFailurePolicy,
      shownFailurePolicy(spec.podFailurePolicy),
    ),
    ...immutable(
      'spec.backoffLimitPerIndex',
      spec.backoffLimitPerIndex ?? null,
      before.backoffLimitPerIndex ?? null,
    ),
    ...immutable('spec.managedBy', spec.managedBy ?? null, before.managedBy ?? null),
    ...immutable(
      'spec.successPolicy',
      spec.successPolicy,
      before.successPolicy,
      shownSuccessPolicy(spec.successPolicy),
    ),
  ];
}

/** Indexed Jobs are elastic: as many completions as run side by side. */
function validateCompletions(spec: JobSpec, before: JobSpec): FieldError[] {
  const { completions, parallelism } = spec;
  if (spec.completionMode !== 'Indexed') {
    return immutable('spec.completions', completions ?? null, before.completions ?? null);
  }
  if (completions === undefined || completions === before.completions || completions === parallelism)
    return [];
  return [
    invalidValue('spec.completions', completions, 'can only be modified in tandem with spec.parallelism'),
  ];
}

/** A Job that is suspended and never ran may still be placed elsewhere (KEP-2926). */
const mayReschedule = ({ spec, status }: Job) => spec?.suspend === true && status?.startTime === undefined;

const PLACEMENT = ['nodeSelector', 'tolerations', 'affinity', 'schedulingGates'] as const;

function validateTemplateChange(spec: JobSpec, before: JobSpec, movable: boolean): FieldError[] {
  const compared = { ...before.template };
  if (movable && compared.spec) {
    const pod = { ...compared.spec };
    for (const field of PLACEMENT) {
      const value = spec.template.spec?.[field];
      if (value === undefined) delete pod[field];
      else Object.assign(pod, { [field]: value });
    }
    compared.spec = pod;
    if (spec.template.metadata === undefined) delete compared.metadata;
    else compared.metadata = spec.template.metadata;
  }
  const pod = spec.template.spec;
  return movable
    ? immutable('spec.template.spec', pod, compared.spec, pod && internalPodSpec(pod))
    : immutable('spec.template', spec.template, compared, shownTemplate(spec.template));
}

/** As upstream's struct prints: the metadata's fields inline, the rest without JSON names. */
const shownTemplate = ({ metadata, spec }: PodTemplateSpec) => ({
  ...(metadata?.labels ? { labels: goJson(metadata.labels) } : {}),
  ...(metadata?.annotations ? { annotations: goJson(metadata.annotations) } : {}),
  Spec: spec ? internalPodSpec(spec) : null,
});
