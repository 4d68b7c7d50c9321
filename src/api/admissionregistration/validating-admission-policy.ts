import type { ValidatingAdmissionPolicy, Validation } from '../../generated/admissionregistration-v1.ts';
import { keepStatus } from '../carry-over.ts';
import { NULL, STRING } from '../cel/types.ts';
import { age, column, integer, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { at, child, duplicate, type FieldError, invalidValue, required } from '../field-error.ts';
import { checkQualifiedName, optionalEnumeration } from '../validation/checks.ts';
import { validateConditions } from '../validation/conditions.ts';
import { checkCondition, compileExpression, type ExpressionScope } from './expressions.ts';
import { scopeOf, validatePolicy } from './policies.ts';
import { defaultMatch } from './rules.ts';

const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];

function validate({ metadata, spec }: ValidatingAdmissionPolicy): FieldError[] {
  if (!spec) return [];
  const { validations = [], auditAnnotations = [] } = spec;
  const scope = scopeOf(spec);
  const none = 'validations or auditAnnotations must contain at least one item';
  return [
    ...validatePolicy(spec),
    ...(validations.length + auditAnnotations.length === 0
      ? [required('spec.validations', none), required('spec.auditAnnotations', none)]
      : []),
    ...validations.flatMap((validation, i) =>
      validateValidation(validation, at('spec.validations', i), scope),
    ),
    ...auditAnnotations.flatMap((annotation, i, all) => {
      const path = at('spec.auditAnnotations', i);
      const again = all.findIndex(a => a.key === annotation.key) < i;
      return [
        ...checkQualifiedName(child(path, 'key'), `${metadata.name ?? ''}/${annotation.key}`),
        ...(annotation.valueExpression.trim()
          ? compileExpression(annotation.valueExpression, child(path, 'valueExpression'), scope, [
              STRING,
              NULL,
            ]).errors
          : [required(child(path, 'valueExpression'), 'valueExpression is not specified')]),
        ...(again ? [duplicate(child(path, 'key'), annotation.key)] : []),
      ];
    }),
  ];
}

/** Unauthorized is valid, too, but upstream does not list it. */
function validateReason(reason: string | undefined, path: string): FieldError[] {
  return reason === 'Unauthorized' ? [] : optionalEnumeration(path, reason, REASONS);
}

function validateValidation(
  { expression, message, messageExpression, reason }: Validation,
  path: string,
  scope: ExpressionScope,
): FieldError[] {
  const errors = expression.trim()
    ? checkCondition(expression, child(path, 'expression'), scope)
    : [required(child(path, 'expression'), 'expression is not specified')];
  const where = child(path, 'message');
  if (message && !message.trim()) errors.push(invalidValue(where, message, 'must be non-empty if specified'));
  else if (message?.trim().includes('\n')) {
    errors.push(invalidValue(where, message, 'must not contain line breaks'));
  }
  if (messageExpression !== undefined && !messageExpression.trim()) {
    errors.push(
      invalidValue(child(path, 'messageExpression'), messageExpression, 'must be non-empty if specified'),
    );
  } else if (messageExpression) {
    const without = { ...scope, hasAuthorizer: false };
    errors.push(
      ...compileExpression(messageExpression, child(path, 'messageExpression'), without, [STRING]).errors,
    );
  }
  return [...errors, ...validateReason(reason, child(path, 'reason'))];
}

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

  defaults: ({ spec }) => {
    if (!spec) return;
    spec.failurePolicy ??= 'Fail';
    defaultMatch(spec.matchConstraints);
  },
  prepareForCreate: o => {
    o.status = {};
  },
  prepareForUpdate: keepStatus,
  validate,
  subresources: {
    status: { validateUpdate: o => validateConditions(o.status?.conditions, 'status.conditions') },
  },
  columns: [
    name,
    integer('Validations', o => o.spec?.validations?.length ?? 0),
    column('ParamKind', o =>
      o.spec?.paramKind ? `${o.spec.paramKind.apiVersion ?? ''}/${o.spec.paramKind.kind ?? ''}` : '<unset>',
    ),
    age,
  ],
});
