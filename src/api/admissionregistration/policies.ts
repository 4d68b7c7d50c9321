/** What validating and mutating admission policies, and their bindings, have in common. */
import type {
  MatchCondition,
  MatchResources,
  ParamKind,
  ParamRef,
  Variable,
} from '../../generated/admissionregistration-v1.ts';
import type { CelType } from '../cel/types.ts';
import {
  at,
  child,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../field-error.ts';
import { validateLabelSelector } from '../meta/labels.ts';
import { dns1035Label, dnsSubdomain, pathSegmentName } from '../meta/names.ts';
import { checkDnsSubdomain, checked, optionalEnumeration } from '../validation/checks.ts';
import { compileExpression, type ExpressionScope } from './expressions.ts';
import { validateConditions, validateMatch } from './rules.ts';
import { FAILURE_POLICIES } from './webhooks.ts';

const NOT_FOUND_ACTIONS = ['Deny', 'Allow'];

interface Policy {
  readonly failurePolicy?: string | undefined;
  readonly paramKind?: ParamKind | undefined;
  readonly matchConstraints?: MatchResources | undefined;
  readonly matchConditions?: MatchCondition[] | undefined;
  readonly variables?: Variable[] | undefined;
}

export function validatePolicy(spec: Policy): FieldError[] {
  const constraints = 'spec.matchConstraints';
  const failure = 'spec.failurePolicy';
  return [
    ...(spec.failurePolicy === undefined
      ? [required(failure)]
      : optionalEnumeration(failure, spec.failurePolicy, FAILURE_POLICIES)),
    ...(spec.paramKind ? validateParamKind(spec.paramKind) : []),
    ...(spec.matchConstraints
      ? validateConstraints(spec.matchConstraints, constraints)
      : [required(constraints)]),
    ...validateConditions(spec.matchConditions, 'spec.matchConditions', spec.paramKind !== undefined),
    ...validateVariables(spec).errors,
  ];
}

function validateConstraints(match: MatchResources, path: string): FieldError[] {
  const errors = validateMatch(match, path);
  return match.resourceRules?.length ? errors : [...errors, required(child(path, 'resourceRules'))];
}

function validateParamKind({ apiVersion = '', kind = '' }: ParamKind): FieldError[] {
  const path = 'spec.paramKind';
  const errors: FieldError[] = [];
  if (!apiVersion) errors.push(required(`${path}.apiVersion`));
  else errors.push(...validateGroupVersion(apiVersion, `${path}.apiVersion`));
  if (!kind) return [...errors, required(`${path}.kind`)];
  const wrong = dns1035Label(kind.toLowerCase());
  if (wrong.length === 0) return errors;
  const why = `may have mixed case, but should otherwise match: ${wrong.join(',')}`;
  return [...errors, invalidValue(`${path}.kind`, kind, why)];
}

function validateGroupVersion(text: string, path: string): FieldError[] {
  const parts = text.split('/');
  if (parts.length > 2) return [invalidValue(path, text, `unexpected GroupVersion string: ${text}`)];
  const [version = '', group = ''] = parts.reverse();
  const refuse = (value: string, why: readonly string[]) =>
    why.length === 0 ? [] : [invalidValue(path, value, why.join(','))];
  return [
    ...(group ? refuse(group, dnsSubdomain(group)) : []),
    ...(version ? refuse(version, dns1035Label(version)) : refuse(text, ['version must be specified'])),
  ];
}

/** In order: each sees those before it. `types` are what expressions find in `variables`. */
export function validateVariables({ variables = [], paramKind }: Policy): {
  types: Readonly<Record<string, CelType>> | undefined;
  errors: FieldError[];
} {
  const types: Record<string, CelType> = {};
  const errors = variables.flatMap(({ name, expression }, i) => {
    const path = at('spec.variables', i);
    const wrong = name.trim()
      ? checkIdentifier(child(path, 'name'), name)
      : [required(child(path, 'name'), 'name is not specified')];
    const where = child(path, 'expression');
    if (!expression.trim()) return [...wrong, required(where, 'expression is not specified')];
    const scope = { hasParams: paramKind !== undefined, hasAuthorizer: true, variables: { ...types } };
    const compiled = compileExpression(expression, where, scope, []);
    if (name) types[name] = compiled.type;
    return [...wrong, ...compiled.errors];
  });
  return { types: variables.length > 0 ? types : undefined, errors };
}

/** What the expressions of a policy may read, once its variables are known. */
export function scopeOf(policy: Policy): ExpressionScope {
  const { types } = validateVariables(policy);
  return {
    hasParams: policy.paramKind !== undefined,
    hasAuthorizer: true,
    ...(types ? { variables: types } : {}),
  };
}

/** What the language keeps for itself (CEL specification, syntax: RESERVED). */
const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

const checkIdentifier = (path: string, name: string): FieldError[] =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !RESERVED.has(name)
    ? []
    : [invalidValue(path, name, 'must be a valid CEL identifier')];

interface Binding {
  readonly policyName?: string | undefined;
  readonly paramRef?: ParamRef | undefined;
  readonly matchResources?: MatchResources | undefined;
}

export function validatePolicyBinding({ policyName, paramRef, matchResources }: Binding): FieldError[] {
  return [
    ...(policyName ? checkDnsSubdomain('spec.policyName', policyName) : [required('spec.policyName')]),
    ...(paramRef ? validateParamRef(paramRef) : []),
    ...(matchResources ? validateMatch(matchResources, 'spec.matchResources') : []),
  ];
}

function validateParamRef({ name, selector, parameterNotFoundAction: action }: ParamRef): FieldError[] {
  const path = 'spec.paramRef';
  const both = (field: string) =>
    name && selector ? [forbiddenField(`${path}.${field}`, 'name and selector are mutually exclusive')] : [];
  const errors = [
    ...(name ? checked(`${path}.name`, name, v => pathSegmentName(v)) : []),
    ...both('name'),
    ...validateLabelSelector(selector, `${path}.selector`),
    ...both('selector'),
  ];
  if (!name && !selector) errors.push(required(path, 'one of name or selector must be specified'));
  const field = `${path}.parameterNotFoundAction`;
  if (!action) errors.push(required(field));
  else if (!NOT_FOUND_ACTIONS.includes(action)) errors.push(notSupported(field, action, NOT_FOUND_ACTIONS));
  return errors;
}
