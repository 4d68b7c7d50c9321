import type { MutatingAdmissionPolicyBinding } from '../../generated/admissionregistration-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { paramRef } from './param-ref.ts';
import { validatePolicyBinding } from './policies.ts';
import { defaultMatch, validateMutatingOperations } from './rules.ts';

export const mutatingAdmissionPolicyBinding = defineKind<MutatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingAdmissionPolicyBinding',
  plural: 'mutatingadmissionpolicybindings',
  singular: 'mutatingadmissionpolicybinding',
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBinding',
  anyFinalizer: true,
  tracksGeneration: true,
  allowUnconditionalUpdate: false,
  defaults: o => defaultMatch(o.spec?.matchResources),
  validate: ({ spec }) => [
    ...validatePolicyBinding(spec ?? {}),
    ...(spec?.matchResources ? validateMutatingOperations(spec.matchResources, 'spec.matchResources') : []),
  ],
  columns: [
    name,
    column('PolicyName', o => o.spec?.policyName ?? ''),
    column('ParamRef', o => paramRef(o.spec?.paramRef)),
    age,
  ],
});
