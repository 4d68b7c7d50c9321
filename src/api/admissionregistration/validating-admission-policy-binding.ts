import type { ValidatingAdmissionPolicyBinding } from '../../generated/admissionregistration-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { paramRef } from './param-ref.ts';

export const validatingAdmissionPolicyBinding = defineKind<ValidatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
  singular: 'validatingadmissionpolicybinding',
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding',
  anyFinalizer: true,
  tracksGeneration: true,
  allowUnconditionalUpdate: false,
  columns: [
    name,
    column('PolicyName', o => o.spec?.policyName ?? ''),
    column('ParamRef', o => paramRef(o.spec?.paramRef)),
    age,
  ],
});
