/** Rules, role references and subjects of the RBAC kinds. */
import type { PolicyRule, RoleRef, Subject } from '../../generated/rbac-v1.ts';
import { at, child, type FieldError, invalidValue, notSupported, required } from '../field-error.ts';
import { dnsSubdomain, pathSegmentName } from '../meta/names.ts';
import { checked, semanticEqual } from '../validation/checks.ts';

const GROUP = 'rbac.authorization.k8s.io';

export function validateRules(
  rules: readonly PolicyRule[] | null | undefined,
  namespaced: boolean,
): FieldError[] {
  return (rules ?? []).flatMap((rule, i) => validateRule(rule, namespaced, at('rules', i)));
}

function validateRule(rule: PolicyRule, namespaced: boolean, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  if (!rule.verbs?.length)
    errors.push(required(child(path, 'verbs'), 'verbs must contain at least one value'));
  if (nonResourceURLs.length > 0) {
    const urls = child(path, 'nonResourceURLs');
    if (namespaced) {
      const why = 'namespaced rules cannot apply to non-resource URLs';
      errors.push(invalidValue(urls, nonResourceURLs, why));
    }
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      const why = 'rules cannot apply to both regular resources and non-resource URLs';
      errors.push(invalidValue(urls, nonResourceURLs, why));
    }
    return errors;
  }
  if (apiGroups.length === 0) {
    errors.push(required(child(path, 'apiGroups'), 'resource rules must supply at least one api group'));
  }
  if (resources.length === 0) {
    errors.push(required(child(path, 'resources'), 'resource rules must supply at least one resource'));
  }
  return errors;
}

interface Binding {
  readonly roleRef: RoleRef;
  readonly subjects?: Subject[] | undefined;
}

export function defaultBinding(binding: Binding): void {
  binding.roleRef.apiGroup ||= GROUP;
  for (const subject of binding.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= GROUP;
  }
}

export function validateBinding({ roleRef, subjects = [] }: Binding, namespaced: boolean): FieldError[] {
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  return [
    ...(roleRef.apiGroup === GROUP ? [] : [notSupported('roleRef.apiGroup', roleRef.apiGroup, [GROUP])]),
    ...(kinds.includes(roleRef.kind) ? [] : [notSupported('roleRef.kind', roleRef.kind, kinds)]),
    ...(roleRef.name
      ? checked('roleRef.name', roleRef.name, v => pathSegmentName(v))
      : [required('roleRef.name')]),
    ...subjects.flatMap((subject, i) => validateSubject(subject, namespaced, at('subjects', i))),
  ];
}

function validateSubject(subject: Subject, namespaced: boolean, path: string): FieldError[] {
  const { kind, name, namespace = '', apiGroup = '' } = subject;
  const errors = name ? [] : [required(child(path, 'name'))];
  const group = (wanted: string) =>
    apiGroup === wanted ? [] : [notSupported(child(path, 'apiGroup'), apiGroup, [wanted])];
  switch (kind) {
    case 'ServiceAccount':
      if (name) errors.push(...checked(child(path, 'name'), name, v => dnsSubdomain(v)));
      errors.push(...group(''));
      if (!namespaced && !namespace) errors.push(required(child(path, 'namespace')));
      return errors;
    case 'User':
    case 'Group':
      return [...errors, ...group(GROUP)];
    default:
      return [...errors, notSupported(child(path, 'kind'), kind, ['ServiceAccount', 'User', 'Group'])];
  }
}

/** What a binding grants is decided once: another role needs another binding. */
export function validateRoleRefChange(next: Binding, old: Binding): FieldError[] {
  if (semanticEqual(next.roleRef, old.roleRef)) return [];
  const { apiGroup, kind, name } = next.roleRef;
  return [invalidValue('roleRef', { APIGroup: apiGroup, Kind: kind, Name: name }, 'cannot change roleRef')];
}
