import type { ResourceClaimTemplate } from '../../generated/resource-v1.ts';
import { age, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { type FieldError, forbiddenField, invalidValue } from '../field-error.ts';
import { validateLabels } from '../meta/labels.ts';
import { validateAnnotations } from '../meta/object-meta.ts';
import { IMMUTABLE, semanticEqual } from '../validation/checks.ts';
import { toInternal } from '../validation/internal-form.ts';
import { defaultClaimSpec, validateClaimSpec } from './claim-spec.ts';

const TEMPLATE_META = new Set(['annotations', 'labels']);

function validate({ spec }: ResourceClaimTemplate): FieldError[] {
  const { metadata = {} } = spec;
  return [
    ...validateLabels(metadata.labels, 'spec.metadata.labels'),
    ...validateAnnotations(metadata.annotations, 'spec.metadata.annotations'),
    ...Object.keys(metadata)
      .filter(field => !TEMPLATE_META.has(field))
      .map(field => forbiddenField(`spec.metadata.${field}`, 'cannot be set')),
    ...validateClaimSpec(spec.spec, 'spec.spec'),
  ];
}

/** Claims are made from it as long as it stands: it does not change. */
function validateUpdate(next: ResourceClaimTemplate, old: ResourceClaimTemplate): FieldError[] {
  const errors = validate(next);
  if (!semanticEqual(next.spec, old.spec)) {
    errors.push(invalidValue('spec', toInternal('ResourceClaimTemplateSpec', next.spec), IMMUTABLE));
  }
  return errors;
}

export const resourceClaimTemplate = defineKind<ResourceClaimTemplate>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaimTemplate',
  plural: 'resourceclaimtemplates',
  singular: 'resourceclaimtemplate',
  namespaced: true,
  schema: 'io.k8s.api.resource.v1.ResourceClaimTemplate',
  defaults: ({ spec }) => defaultClaimSpec(spec.spec),
  validate,
  validateUpdate,
  columns: [name, age],
});
