/** Which requests webhooks and policies look at: rules, resources, selectors and conditions. */
import type {
  MatchCondition,
  MatchResources,
  NamedRuleWithOperations,
  RuleWithOperations,
} from '../../generated/admissionregistration-v1.ts';
import {
  at,
  child,
  duplicate,
  type FieldError,
  invalidValue,
  notSupported,
  required,
  tooMany,
} from '../field-error.ts';
import { validateLabelSelector } from '../meta/labels.ts';
import { pathSegmentName } from '../meta/names.ts';
import { checked, checkQualifiedName, optionalEnumeration } from '../validation/checks.ts';
import { checkCondition } from './expressions.ts';

const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const SCOPES = ['*', 'Cluster', 'Namespaced'];
export const MATCH_POLICIES = ['Equivalent', 'Exact'];
const MAX_CONDITIONS = 64;

export function defaultRules(rules: readonly RuleWithOperations[] | undefined): void {
  for (const rule of rules ?? []) rule.scope ??= '*';
}

export function defaultMatch(match: MatchResources | undefined): void {
  if (!match) return;
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  defaultRules(match.resourceRules);
  defaultRules(match.excludeResourceRules);
}

export function validateMatch(match: MatchResources, path: string): FieldError[] {
  const rules = (list: readonly NamedRuleWithOperations[] | undefined, field: string) =>
    (list ?? []).flatMap((rule, i) => {
      const item = at(child(path, field), i);
      const names = rule.resourceNames ?? [];
      const named = names.flatMap((name, j) => {
        const where = at(child(item, 'resourceNames'), j);
        const errors = checked(where, name, v => pathSegmentName(v));
        return names.indexOf(name) < j ? [...errors, duplicate(where, name)] : errors;
      });
      return [...named, ...validateRule(rule, item)];
    });
  return [
    ...optionalEnumeration(child(path, 'matchPolicy'), match.matchPolicy, MATCH_POLICIES),
    ...validateLabelSelector(match.namespaceSelector, child(path, 'namespaceSelector')),
    ...validateLabelSelector(match.objectSelector, child(path, 'objectSelector')),
    ...rules(match.resourceRules, 'resourceRules'),
    ...rules(match.excludeResourceRules, 'excludeResourceRules'),
  ];
}

const MUTATING = ['*', 'CONNECT', 'CREATE', 'UPDATE'];

/** What is deleted cannot be changed. Upstream's path names no rule. */
export function validateMutatingOperations(match: MatchResources, path: string): FieldError[] {
  const operations = (match.resourceRules ?? []).flatMap(rule => rule.operations ?? []);
  return operations
    .filter(operation => !MUTATING.includes(operation))
    .map(operation => notSupported(child(path, 'resourceRules.operations'), operation, MUTATING));
}

export function validateRule(rule: RuleWithOperations, path: string): FieldError[] {
  const { operations, apiGroups, apiVersions, scope } = rule;
  const versions = child(path, 'apiVersions');
  return [
    ...validateList(operations, child(path, 'operations'), 'operations'),
    ...(operations ?? []).flatMap((operation, i) =>
      OPERATIONS.includes(operation)
        ? []
        : [notSupported(at(child(path, 'operations'), i), operation, OPERATIONS)],
    ),
    ...validateList(apiGroups, child(path, 'apiGroups'), 'API groups'),
    ...validateList(apiVersions, versions, 'API versions'),
    ...(apiVersions ?? []).flatMap((version, i) => (version === '' ? [required(at(versions, i))] : [])),
    ...validateResources(rule.resources ?? [], child(path, 'resources')),
    ...optionalEnumeration(child(path, 'scope'), scope, SCOPES),
  ];
}

function validateList(list: readonly string[] | undefined, path: string, what: string): FieldError[] {
  if (!list?.length) return [required(path)];
  return list.length > 1 && list.includes('*')
    ? [invalidValue(path, list, `if '*' is present, must not specify other ${what}`)]
    : [];
}

/** `pods`, `pods/log`, `pods/*`, `*\/scale`, `*` (without subresources) and `*\/*`. */
function validateResources(resources: readonly string[], path: string): FieldError[] {
  if (resources.length === 0) return [required(path)];
  const errors: FieldError[] = [];
  const [wholeResources, wholeSubresources] = [new Set<string>(), new Set<string>()];
  let plain = false;
  for (const [i, text] of resources.entries()) {
    if (text === '') {
      errors.push(required(at(path, i)));
      continue;
    }
    const slash = text.indexOf('/');
    if (slash < 0) {
      // The last one says it, as upstream's loop does: `pods, *` passes.
      plain = text !== '*';
      continue;
    }
    const [resource, subresource] = [text.slice(0, slash), text.slice(slash + 1)];
    const covered = (by: string) => {
      errors.push(invalidValue(at(path, i), text, `if '${by}' is present, must not specify ${text}`));
    };
    if (wholeResources.has(resource)) covered(`${resource}/*`);
    if (wholeSubresources.has(subresource)) covered(`*/${subresource}`);
    if (subresource === '*') wholeResources.add(resource);
    if (resource === '*') wholeSubresources.add(subresource);
  }
  if (resources.length > 1 && resources.includes('*/*')) {
    errors.push(invalidValue(path, resources, "if '*/*' is present, must not specify other resources"));
  }
  if (resources.includes('*') && plain) {
    const why = "if '*' is present, must not specify other resources without subresources";
    errors.push(invalidValue(path, resources, why));
  }
  return errors;
}

/** Of webhooks, and of policies, which may have parameters. */
export function validateConditions(
  conditions: readonly MatchCondition[] | undefined,
  path: string,
  hasParams = false,
): FieldError[] {
  const list = conditions ?? [];
  const errors = list.length > MAX_CONDITIONS ? [tooMany(path, list.length, MAX_CONDITIONS)] : [];
  return [
    ...errors,
    ...list.flatMap(({ name, expression }, i) => {
      const item = at(path, i);
      const again = name !== '' && list.findIndex(c => c.name === name) < i;
      const condition = expression.trim();
      return [
        ...(condition === ''
          ? [required(child(item, 'expression'))]
          : checkCondition(condition, child(item, 'expression'), { hasParams, hasAuthorizer: true })),
        ...(name ? checkQualifiedName(child(item, 'name'), name) : [required(child(item, 'name'))]),
        ...(again ? [duplicate(child(item, 'name'), name)] : []),
      ];
    }),
  ];
}
