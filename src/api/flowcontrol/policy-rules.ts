/** The rules of FlowSchemas: who asks for what. */
import type {
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from '../../generated/flowcontrol-v1.ts';
import {
  at,
  child,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../field-error.ts';
import { dnsLabel, dnsSubdomain } from '../meta/names.ts';
import { checked } from '../validation/checks.ts';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];
const KINDS = ['Group', 'ServiceAccount', 'User'];
const ANY = '*';

export function validatePolicyRules(rules: PolicyRulesWithSubjects, path: string): FieldError[] {
  const { subjects, resourceRules = [], nonResourceRules = [] } = rules;
  const who = child(path, 'subjects');
  const errors = subjects?.length
    ? subjects.flatMap((subject, i) => validateSubject(subject, at(who, i)))
    : [required(who, 'subjects must contain at least one value')];
  if (resourceRules.length + nonResourceRules.length === 0) {
    const why = 'at least one of resourceRules and nonResourceRules has to be non-empty';
    errors.push(required(path, why));
  }
  return [
    ...errors,
    ...resourceRules.flatMap((rule, i) => validateResourceRule(rule, at(child(path, 'resourceRules'), i))),
    ...nonResourceRules.flatMap((rule, i) => validateUrlRule(rule, at(child(path, 'nonResourceRules'), i))),
  ];
}

function validateSubject(subject: Subject, path: string): FieldError[] {
  const { kind, user, group, serviceAccount } = subject;
  if (!KINDS.includes(kind)) return [notSupported(child(path, 'kind'), kind, KINDS)];
  const errors: FieldError[] = [];
  const sources = { ServiceAccount: serviceAccount, User: user, Group: group };
  for (const [owner, source] of Object.entries(sources)) {
    const field = owner.charAt(0).toLowerCase() + owner.slice(1);
    if (owner === kind && !source) {
      errors.push(required(child(path, field), `${field} is required when subject kind is '${kind}'`));
    } else if (owner !== kind && source) {
      errors.push(
        forbiddenField(child(path, field), `${field} is forbidden when subject kind is not '${owner}'`),
      );
    }
  }
  if (kind === 'ServiceAccount' && serviceAccount) {
    const where = child(path, 'serviceAccount');
    const { name, namespace } = serviceAccount;
    if (!name) errors.push(required(child(where, 'name')));
    else if (name !== ANY) errors.push(...checked(child(where, 'name'), name, v => dnsSubdomain(v)));
    if (namespace) errors.push(...checked(child(where, 'namespace'), namespace, dnsLabel));
    else errors.push(required(child(where, 'namespace'), 'must specify namespace for service account'));
  }
  if (kind === 'User' && user && !user.name) errors.push(required(child(path, 'user.name')));
  if (kind === 'Group' && group && !group.name) errors.push(required(child(path, 'group.name')));
  return errors;
}

/** A list that is needed and in which '*' stands alone. */
function validateList(
  list: readonly string[] | null | undefined,
  path: string,
  missing: string,
  others: string,
): FieldError[] {
  if (!list?.length) return [required(path, missing)];
  return list.length > 1 && list.includes(ANY)
    ? [invalidValue(path, list, `if '*' is present, must not specify other ${others}`)]
    : [];
}

function validateVerbs(verbs: readonly string[] | null | undefined, path: string): FieldError[] {
  const errors = validateList(verbs, path, 'verbs must contain at least one value', 'verbs');
  if (errors.length > 0 || verbs?.includes(ANY) || verbs?.every(verb => VERBS.includes(verb))) return errors;
  return [notSupported(path, verbs, VERBS)];
}

function validateResourceRule(rule: ResourcePolicyRule, path: string): FieldError[] {
  const { verbs, apiGroups, resources, namespaces = [], clusterScope } = rule;
  const where = child(path, 'namespaces');
  const errors = [
    ...validateVerbs(verbs, child(path, 'verbs')),
    ...validateList(
      apiGroups,
      child(path, 'apiGroups'),
      'resource rules must supply at least one api group',
      'api groups',
    ),
    ...validateList(
      resources,
      child(path, 'resources'),
      'resource rules must supply at least one resource',
      'resources',
    ),
  ];
  if (namespaces.length === 0 && clusterScope) return errors;
  const missing = 'resource rules that are not cluster scoped must supply at least one namespace';
  errors.push(...validateList(namespaces, where, missing, 'namespaces'));
  if (namespaces.includes(ANY)) return errors;
  const why = "each member of this list must be '*' or a DNS-1123 label; ";
  return [
    ...errors,
    ...namespaces.flatMap((ns, i) => dnsLabel(ns).map(m => invalidValue(at(where, i), ns, why + m))),
  ];
}

function validateUrlRule(
  { verbs, nonResourceURLs: urls }: NonResourcePolicyRule,
  path: string,
): FieldError[] {
  const where = child(path, 'nonResourceURLs');
  const missing = 'nonResourceURLs must contain at least one value';
  const errors = [
    ...validateVerbs(verbs, child(path, 'verbs')),
    ...validateList(urls, where, missing, 'non-resource URLs'),
  ];
  if (urls?.includes(ANY)) return errors;
  return [
    ...errors,
    ...(urls ?? []).flatMap((url, i) => urlErrors(url).map(m => invalidValue(at(where, i), url, m))),
  ];
}

function urlErrors(url: string): string[] {
  if (url === '') return ['must not be empty'];
  if (url === '/') return [];
  const errors: string[] = [];
  if (!url.startsWith('/')) errors.push('must start with slash');
  if (url.includes(' ')) errors.push('must not contain white-space');
  if (url.includes('//')) errors.push('must not contain double slash');
  const stars = url.split(ANY).length - 1;
  if (stars > 1 || (stars === 1 && !url.endsWith('/*'))) errors.push('wildcard can only do suffix matching');
  return errors;
}
