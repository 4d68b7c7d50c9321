import type { MutatingAdmissionPolicy } from '../../generated/admissionregistration-v1.ts';
import { age, column, integer, name } from '../columns.ts';
import { defineKind } from '../define.ts';

export const mutatingAdmissionPolicy = defineKind<MutatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingAdmissionPolicy',
  plural: 'mutatingadmissionpolicies',
  singular: 'mutatingadmissionpolicy',
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy',
  anyFinalizer: true,
  tracksGeneration: true,
  allowUnconditionalUpdate: false,
  columns: [
    name,
    integer('Mutations', o => o.spec?.mutations?.length ?? 0),
    column('ParamKind', o =>
      o.spec?.paramKind ? `${o.spec.paramKind.apiVersion ?? ''}/${o.spec.paramKind.kind ?? ''}` : '<unset>',
    ),
    age,
  ],
});
