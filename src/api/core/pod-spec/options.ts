/**
 * What a pod spec may contain depends on the object before: what was stored by an older server
 * stays valid until it is changed (upstream's GetValidationOptionsFromPodSpecAndMeta).
 */
import type { PodSpec, PodTemplateSpec } from '../../../generated/core-v1.ts';

export interface PodValidationOptions {
  /** The old object had values in affinity selectors that are no valid labels. */
  readonly allowInvalidLabelValueInSelector: boolean;
  /** Names of resources of the old object that today's rules refuse. */
  readonly allowIndivisibleHugePages: boolean;
  /** hostNetwork pods' host ports must equal the container ports: not asked of templates of old objects. */
  readonly template: boolean;
}

/** For a new pod template, or for the update of one. */
export function podTemplateOptions(
  next: PodTemplateSpec | undefined,
  old?: PodTemplateSpec | undefined,
): PodValidationOptions {
  return { ...podSpecOptions(next?.spec, old?.spec), template: true };
}

export function podSpecOptions(_next: PodSpec | undefined, old?: PodSpec | undefined): PodValidationOptions {
  return {
    allowInvalidLabelValueInSelector: old !== undefined,
    allowIndivisibleHugePages: false,
    template: false,
  };
}
