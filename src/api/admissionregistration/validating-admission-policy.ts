import type { ValidatingAdmissionPolicy } from '../../generated/admissionregistration-v1.ts';
import { age, column, integer, name } from '../columns.ts';
import { defineKind } from '../define.ts';

export const validatingAdmissionPolicy = defineKind<ValidatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
  singular: 'validatingadmissionpolicy',
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy',
  anyFinalizer: true,
  tracksGeneration: true,
  allowUnconditionalUpdate: false,

  subresources: { status: {} },
  columns: [
    name,
    integer('Validations', o => o.spec?.validations?.length ?? 0),
    column('ParamKind', o =>
      o.spec?.paramKind ? `${o.spec.paramKind.apiVersion ?? ''}/${o.spec.paramKind.kind ?? ''}` : '<unset>',
    ),
    age,
  ],
});
