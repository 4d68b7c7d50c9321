import type {
  AuditAnnotation,
  ValidatingAdmissionPolicy,
  Validation,
} from '../../generated/admissionregistration-v1.ts';
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

const MAX_ANNOTATIONS = 20;
const MAX_VALUE_EXPRESSION = 5 * 1024;
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
    ...validateAnnotations(metadata.name ?? '', auditAnnotations, scope),
  ];
}

function validateAnnotations(
  policy: string,
  annotations: readonly AuditAnnotation[],
  scope: ExpressionScope,
): FieldError[] {
  const list = 'spec.auditAnnotations';
  const errors: FieldError[] = [];
  if (annotations.length > MAX_ANNOTATIONS) {
    // As upstream's struct prints: it has no JSON names.
    const shown = annotations.map(a => ({ Key: a.key, ValueExpression: a.valueExpression }));
    errors.push(invalidValue(list, shown, `must not have more than ${MAX_ANNOTATIONS} auditAnnotations`));
  }
  const keys = new Set<string>();
  for (const [i, { key, valueExpression }] of annotations.entries()) {
    const path = at(list, i);
    errors.push(...checkQualifiedName(child(path, 'key'), `${policy}/${key}`));
    errors.push(...validateValueExpression(valueExpression, child(path, 'valueExpression'), scope));
    if (keys.has(key)) errors.push(duplicate(child(path, 'key'), key));
    keys.add(key);
  }
  return errors;
}

function validateValueExpression(expression: string, path: string, scope: ExpressionScope): FieldError[] {
  const trimmed = expression.trim();
  if (!trimmed) return [required(path, 'valueExpression is not specified')];
  if (Buffer.byteLength(trimmed) > MAX_VALUE_EXPRESSION) {
    return [required(path, `must not exceed ${MAX_VALUE_EXPRESSION} bytes in length`)];
  }
  return compileExpression(expression, path, scope, [STRING, NULL]).errors;
}

/** What type checking found is for people: where, and what. */
function validateStatus({ status }: ValidatingAdmissionPolicy): FieldError[] {
  return [
    ...(status?.typeChecking?.expressionWarnings ?? []).flatMap(({ warning, fieldRef }, i) => {
      const path = at('status.typeChecking.expressionWarnings', i);
      return [
        ...(warning ? [] : [required(child(path, 'warning'))]),
        ...(fieldRef.trim() ? [] : [required(child(path, 'fieldRef'))]),
      ];
    }),
    ...validateConditions(status?.conditions, 'status.conditions'),
  ];
}

function validateValidation(
  { expression, message, messageExpression, reason }: Validation,
  path: string,
  scope: ExpressionScope,
): FieldError[] {
  const errors = expression.trim()
    ? checkCondition(expression, child(path, 'expression'), scope)
    : [required(child(path, 'expression'), 'expression is not specified')];
  if (messageExpression && !messageExpression.trim()) {
    errors.push(
      invalidValue(child(path, 'messageExpression'), messageExpression, 'must be non-empty if specified'),
    );
  } else if (messageExpression) {
    const without = { ...scope, hasAuthorizer: false };
    errors.push(
      ...compileExpression(messageExpression, child(path, 'messageExpression'), without, [STRING]).errors,
    );
  }
  const where = child(path, 'message');
  if (message && !message.trim()) errors.push(invalidValue(where, message, 'must be non-empty if specified'));
  else if (/[\n\r]/.test(message?.trim() ?? '')) {
    errors.push(invalidValue(where, message, 'must not contain line breaks'));
  }
  return [...errors, ...optionalEnumeration(child(path, 'reason'), reason, REASONS)];
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
    status: { validateUpdate: validateStatus },
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
