/**
 * What a pod spec may contain depends on the object before: what was stored stays valid until it is
 * changed (upstream's GetValidationOptionsFromPodSpecAndMeta).
 */
import type { PodSpec, PodTemplateSpec } from '../../../generated/core-v1.ts';
import { semanticEqual } from '../../validation/checks.ts';

export interface PodValidationOptions {
  /** Values in affinity selectors that are no labels: kept while the affinity is unchanged. */
  readonly allowInvalidLabelValueInSelector: boolean;
  /** Init containers that a resize would have to restart, which are none of the kind that go on running. */
  readonly allowRestartOfInitContainers: boolean;
  /** Templates may leave out what pods have had filled in (host ports of hostNetwork pods). */
  readonly template: boolean;
}

/** For a new pod template, or for the update of one. */
export function podTemplateOptions(
  next: PodTemplateSpec | undefined,
  old?: PodTemplateSpec,
): PodValidationOptions {
  return { ...podSpecOptions(next?.spec, old?.spec), template: true };
}

export function podSpecOptions(next: PodSpec | undefined, old?: PodSpec): PodValidationOptions {
  return {
    allowInvalidLabelValueInSelector:
      old?.affinity !== undefined && semanticEqual(next?.affinity, old.affinity),
    allowRestartOfInitContainers:
      old?.initContainers?.some(
        ({ restartPolicy, resizePolicy }) =>
          restartPolicy !== 'Always' && resizePolicy?.some(p => p.restartPolicy === 'RestartContainer'),
      ) ?? false,
    template: false,
  };
}
