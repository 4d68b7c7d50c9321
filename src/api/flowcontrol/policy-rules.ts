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

/** What the kind needs, then what it must not have. */
function validateSubject(subject: Subject, path: string): FieldError[] {
  const { kind } = subject;
  if (!KINDS.includes(kind)) return [notSupported(child(path, 'kind'), kind, KINDS)];
  const forbidden = Object.entries(FIELDS).flatMap(([owner, field]) =>
    owner !== kind && subject[field]
      ? [forbiddenField(child(path, field), `${field} is forbidden when subject kind is not '${owner}'`)]
      : [],
  );
  return [...validateOwn(subject, path), ...forbidden];
}

const FIELDS = { ServiceAccount: 'serviceAccount', User: 'user', Group: 'group' } as const;

function validateOwn({ kind, ...sources }: Subject, path: string): FieldError[] {
  const field = FIELDS[kind as keyof typeof FIELDS];
  const where = child(path, field);
  const source = sources[field];
  if (!source) return [required(where, `${field} is required when subject kind is '${kind}'`)];
  const { name } = source;
  if (field !== 'serviceAccount') return name ? [] : [required(child(where, 'name'))];
  const namespace = sources.serviceAccount?.namespace;
  const anyone = name === ANY;
  return [
    ...(name ? [] : [required(child(where, 'name'))]),
    ...(name && !anyone ? checked(child(where, 'name'), name, v => dnsSubdomain(v)) : []),
    ...(namespace
      ? checked(child(where, 'namespace'), namespace, dnsLabel)
      : [required(child(where, 'namespace'), 'must specify namespace for service account')]),
  ];
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
    ...(urls ?? []).flatMap((url, i) =>
      urlErrors(url)
        .map(m => invalidValue(at(where, i), url, m))
        .slice(0, 1),
    ),
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
