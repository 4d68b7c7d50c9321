/**
 * Validation of pod specs and templates: upstream's ValidatePodSpec and ValidatePodTemplateSpec,
 * topic by topic in files beside this one, in upstream's order.
 */
import type { PodSpec, PodTemplateSpec } from '../../../generated/core-v1.ts';
import type { ObjectMeta } from '../../../generated/meta-v1.ts';
import { child, type FieldError } from '../../field-error.ts';
import { validateLabels } from '../../meta/labels.ts';
import { validateAnnotations } from '../../meta/object-meta.ts';
import type { PodValidationOptions } from './options.ts';

/** `meta` is the pod's or the template's: some rules look at names and annotations. */
export function validatePodSpec(
  _spec: PodSpec,
  _meta: ObjectMeta | undefined,
  _path: string,
  _options: PodValidationOptions,
): FieldError[] {
  return [];
}

export function validatePodTemplateSpec(
  template: PodTemplateSpec,
  path: string,
  options: PodValidationOptions,
): FieldError[] {
  const { metadata } = template;
  return [
    ...validateLabels(metadata?.labels, child(path, 'labels')),
    ...validateAnnotations(metadata?.annotations, child(path, 'annotations')),
    ...(template.spec ? validatePodSpec(template.spec, metadata, child(path, 'spec'), options) : []),
  ];
}
