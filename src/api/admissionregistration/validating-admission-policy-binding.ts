import type { ValidatingAdmissionPolicyBinding } from '../../generated/admissionregistration-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { at, duplicate, type FieldError, invalidValue, notSupported, required } from '../field-error.ts';
import { paramRef } from './param-ref.ts';
import { validatePolicyBinding } from './policies.ts';
import { defaultMatch } from './rules.ts';

const ACTIONS = ['Audit', 'Deny', 'Warn'];

function validateActions(given: readonly string[] | undefined): FieldError[] {
  const actions = given ?? [];
  const path = 'spec.validationActions';
  if (actions.length === 0) return [required(path, 'at least one validation action is required')];
  const errors = actions.flatMap((action, i) => [
    ...(ACTIONS.includes(action) ? [] : [notSupported(at(path, i), action, ACTIONS)]),
    ...(actions.indexOf(action) < i ? [duplicate(at(path, i), action)] : []),
  ]);
  if (actions.includes('Deny') && actions.includes('Warn')) {
    const why =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
    errors.push(invalidValue(path, actions, why));
  }
  return errors;
}

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
  defaults: o => defaultMatch(o.spec?.matchResources),
  validate: o => [...validatePolicyBinding(o.spec ?? {}), ...validateActions(o.spec?.validationActions)],
  columns: [
    name,
    column('PolicyName', o => o.spec?.policyName ?? ''),
    column('ParamRef', o => paramRef(o.spec?.paramRef)),
    age,
  ],
});
