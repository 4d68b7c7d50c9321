/** Validation of a Pod at creation: its spec, and what holds for pods but not for templates. */
import type { Pod } from '../../../generated/core-v1.ts';
import { at, child, type FieldError, forbiddenField } from '../../field-error.ts';
import { validateImageSpace } from '../pod-spec/containers.ts';
import { type PodValidationOptions, podSpecOptions } from '../pod-spec/options.ts';
import { validatePodSpec } from '../pod-spec/validate.ts';
import { validatePodAnnotations, validateProfilesMatch } from './annotations.ts';

export function validatePod(pod: Pod, options: PodValidationOptions): FieldError[] {
  const { spec, metadata } = pod;
  const errors = [
    ...validatePodAnnotations(metadata.annotations ?? {}, spec, 'metadata.annotations'),
    ...validatePodSpec(spec, metadata, 'spec', options),
  ];
  if (!spec.serviceAccountName) {
    (spec.volumes ?? []).forEach((volume, i) => {
      (volume.projected?.sources ?? []).forEach((source, j) => {
        if (!source.serviceAccountToken) return;
        const projected = child(at('spec.volumes', i), 'projected');
        errors.push(
          forbiddenField(
            child(at(child(projected, 'sources'), j), 'serviceAccountToken'),
            'must not be specified when serviceAccountName is not set',
          ),
        );
      });
    });
  }
  for (const list of ['containers', 'initContainers'] as const) {
    (spec[list] ?? []).forEach((container, i) => {
      errors.push(...validateImageSpace(container, at(`spec.${list}`, i)));
    });
  }
  return errors;
}

export function validateNewPod(pod: Pod): FieldError[] {
  const { spec } = pod;
  const errors = validatePod(pod, podSpecOptions(spec));
  if ((spec.ephemeralContainers ?? []).length > 0) {
    errors.push(forbiddenField('spec.ephemeralContainers', 'cannot be set on create'));
  }
  if (spec.nodeName && (spec.schedulingGates ?? []).length > 0) {
    errors.push(forbiddenField('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  }
  return [...errors, ...validateProfilesMatch(pod.metadata.annotations ?? {}, spec, 'spec')];
}
