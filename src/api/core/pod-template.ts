import type { PodTemplate } from '../../generated/core-v1.ts';
import { column, labels, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import type { FieldError } from '../field-error.ts';
import { defaultPodTemplate } from './pod-spec/defaults.ts';
import { dropDisabledTemplateFields } from './pod-spec/disabled.ts';
import { podTemplateOptions } from './pod-spec/options.ts';
import { validatePodTemplateSpec } from './pod-spec/validate.ts';
import { isNewGeneration, podTemplateWarnings } from './pod-spec/warnings.ts';

function defaults({ template }: PodTemplate): void {
  if (template) defaultPodTemplate(template);
}

function validate({ template = {} }: PodTemplate, old?: PodTemplate): FieldError[] {
  return validatePodTemplateSpec(template, 'template', podTemplateOptions(template, old?.template));
}

export const podTemplate = defineKind<PodTemplate>({
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  singular: 'podtemplate',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.PodTemplate',
  tracksGeneration: true,
  defaults,
  prepareForCreate: o => dropDisabledTemplateFields(o.template),
  prepareForUpdate: (next, old) => dropDisabledTemplateFields(next.template, old.template),
  validate: o => validate(o),
  validateUpdate: validate,
  warnings: (o, old) => (isNewGeneration(o, old) ? podTemplateWarnings(o.template, 'template') : []),
  columns: [
    name,
    column('Containers', o => (o.template?.spec?.containers ?? []).map(c => c.name).join(',')),
    column('Images', o => (o.template?.spec?.containers ?? []).map(c => c.image ?? '').join(',')),
    column('Pod Labels', o => labels(o.template?.metadata?.labels)),
  ],
});
