/** What an update of a Job may change: its pods exist already. */

import type { Job, JobSpec } from '../../generated/batch-v1.ts';
import type { Affinity, Container, PodSpec, PodTemplateSpec } from '../../generated/core-v1.ts';
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
    ...validateOwnSpec(next, before),
    ...validateCompletions(spec, before),
    ...selectorImmutable(spec, before),
    ...validateTemplateChange(spec, before, hasNoPods(old)),
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

/** A Job that is suspended and has no pods, not even ones that still end, may change what they will be. */
function hasNoPods({ spec, status }: Job): boolean {
  if (spec?.suspend !== true) return false;
  if (status?.startTime === undefined) return true;
  const isSuspended = status.conditions?.some(c => c.type === 'Suspended' && c.status === 'True') ?? false;
  return isSuspended && (status.active ?? 0) === 0;
}

function validateTemplateChange(spec: JobSpec, before: JobSpec, movable: boolean): FieldError[] {
  const { template } = spec;
  if (!movable) return immutable('spec.template', template, before.template, shownTemplate(template));
  const pod = template.spec;
  const allowed = pod && before.template.spec && withChangeable(before.template.spec, pod);
  return immutable('spec.template.spec', pod, allowed, pod && internalPodSpec(pod));
}

const PLACEMENT = ['nodeSelector', 'tolerations', 'schedulingGates'] as const;

/** The old pods with all of the new that may change: where they may run, and with how much. */
function withChangeable(old: PodSpec, next: PodSpec): PodSpec {
  const pod = { ...old };
  for (const field of PLACEMENT) Object.assign(pod, { [field]: next[field] });
  const affinity = withNodeAffinity(old.affinity, next.affinity);
  if (affinity) pod.affinity = affinity;
  else delete pod.affinity;
  pod.containers = withResources(old.containers, next.containers);
  if (old.initContainers) pod.initContainers = withResources(old.initContainers, next.initContainers);
  return pod;
}

function withNodeAffinity(old: Affinity | undefined, next: Affinity | undefined): Affinity | undefined {
  const affinity = { ...old, nodeAffinity: next?.nodeAffinity };
  const says = Object.values(affinity).some(value => value !== undefined);
  return says || next ? affinity : undefined;
}

/** A list that must be there and is not is null. */
function withResources(old: Container[], next: Container[] | null | undefined): Container[] {
  if (old.length !== next?.length) return old;
  return old.map((container, i) => {
    const other = next[i];
    return other?.name === container.name ? { ...container, resources: other.resources } : container;
  });
}

/** As upstream's struct prints: the metadata's fields inline, the rest without JSON names. */
const shownTemplate = ({ metadata, spec }: PodTemplateSpec) => ({
  ...(metadata?.labels ? { labels: goJson(metadata.labels) } : {}),
  ...(metadata?.annotations ? { annotations: goJson(metadata.annotations) } : {}),
  Spec: spec ? internalPodSpec(spec) : null,
});
