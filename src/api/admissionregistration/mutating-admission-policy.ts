import type { MutatingAdmissionPolicy, Mutation } from '../../generated/admissionregistration-v1.ts';
import { list } from '../cel/types.ts';
import { age, column, integer, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { at, child, type FieldError, invalidValue, required } from '../field-error.ts';
import { enumeration } from '../validation/checks.ts';
import { compileExpression, type ExpressionScope, JSON_PATCH, OBJECT } from './expressions.ts';
import { scopeOf, validatePolicy } from './policies.ts';
import { defaultMatch, validateMutatingOperations } from './rules.ts';

const REINVOCATION = ['IfNeeded', 'Never'];
const PATCH_TYPES = ['ApplyConfiguration', 'JSONPatch'];
/** Where each type's expression stands. */
const PATCH_FIELDS = { ApplyConfiguration: 'applyConfiguration', JSONPatch: 'jsonPatch' } as const;
/** What each has to evaluate to. */
const MADE = { applyConfiguration: OBJECT, jsonPatch: list(JSON_PATCH) } as const;

function validate({ spec }: MutatingAdmissionPolicy): FieldError[] {
  if (!spec) return [];
  const mutations = spec.mutations ?? [];
  const scope = { ...scopeOf(spec), mutates: true };
  return [
    ...validatePolicy(spec),
    ...(spec.matchConstraints
      ? validateMutatingOperations(spec.matchConstraints, 'spec.matchConstraints')
      : []),
    ...(mutations.length === 0
      ? [required('spec.mutations', 'mutations must contain at least one item')]
      : mutations.flatMap((mutation, i) => validateMutation(mutation, at('spec.mutations', i), scope))),
    ...enumeration('spec.reinvocationPolicy', spec.reinvocationPolicy, REINVOCATION),
  ];
}

function validateMutation(mutation: Mutation, path: string, scope: ExpressionScope): FieldError[] {
  const { patchType } = mutation;
  const errors = enumeration(child(path, 'patchType'), patchType, PATCH_TYPES);
  const types = ['ApplyConfiguration', 'JSONPatch'] as const;
  // Its own expression first, then the one it must not have.
  for (const type of patchType === 'JSONPatch' ? [...types].reverse() : types) {
    const field = PATCH_FIELDS[type];
    const patch = mutation[field];
    const where = child(path, field);
    if (type === patchType) {
      if (!patch) errors.push(required(where, `must be specified when patchType is ${type}`));
      else if (!patch.expression?.trim()) errors.push(required(child(where, 'expression')));
      else
        errors.push(
          ...compileExpression(patch.expression, child(where, 'expression'), scope, [MADE[field]]).errors,
        );
    } else if (patch && PATCH_TYPES.includes(patchType)) {
      errors.push(invalidValue(where, `{${field}}`, `must not be specified when patchType is ${patchType}`));
    }
  }
  return errors;
}

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
  defaults: ({ spec }) => {
    if (!spec) return;
    spec.failurePolicy ??= 'Fail';
    defaultMatch(spec.matchConstraints);
  },
  validate,
  columns: [
    name,
    integer('Mutations', o => o.spec?.mutations?.length ?? 0),
    column('ParamKind', o =>
      o.spec?.paramKind ? `${o.spec.paramKind.apiVersion ?? ''}/${o.spec.paramKind.kind ?? ''}` : '<unset>',
    ),
    age,
  ],
});
