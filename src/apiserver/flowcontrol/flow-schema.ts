/**
 * Which requests a FlowSchema is about, compiled once from the object. Rules as in the API
 * reference: a rule holds for one of its subjects and one of its resource or non-resource rules.
 */
import type {
  FlowSchema,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from '../../generated/flowcontrol-v1.ts';
import type { User } from '../authn/user.ts';
import type { RequestInfo } from '../request-info.ts';

export type InfoTest = (info: RequestInfo) => boolean;

interface Rule {
  readonly subjects: readonly Subject[];
  readonly matches: InfoTest;
}

const ANY = '*';
const always = () => true;

export class FlowMatcher {
  private readonly rules: readonly Rule[];

  constructor({ spec }: FlowSchema) {
    this.rules = (spec.rules ?? []).map(rule => ({ subjects: rule.subjects, matches: infoTest(rule) }));
  }

  /** What `user` has to ask for to be meant; undefined: this user is not. */
  testFor(user: User): InfoTest | undefined {
    const own = this.rules.filter(rule => rule.subjects.some(subject => isMeant(user, subject)));
    if (own.length <= 1) return own[0]?.matches;
    return info => own.some(rule => rule.matches(info));
  }
}

function isMeant({ name, groups }: User, subject: Subject): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.user?.name === ANY || subject.user?.name === name;
    case 'Group':
      return subject.group?.name === ANY || groups.includes(subject.group?.name ?? '');
    case 'ServiceAccount': {
      if (!subject.serviceAccount) return false;
      const { namespace, name: account } = subject.serviceAccount;
      const prefix = `system:serviceaccount:${namespace}:`;
      return account === ANY ? name.startsWith(prefix) : name === prefix + account;
    }
    default:
      return false;
  }
}

function infoTest({ resourceRules = [], nonResourceRules = [] }: PolicyRulesWithSubjects): InfoTest {
  const resource = anyOf(resourceRules.map(resourceTest));
  const other = anyOf(nonResourceRules.map(pathTest));
  return resource === always && other === always
    ? always
    : info => (info.resourceRequest ? resource(info) : other(info));
}

function anyOf(tests: readonly InfoTest[]): InfoTest {
  if (tests.includes(always)) return always;
  return info => tests.some(test => test(info));
}

function resourceTest(rule: ResourcePolicyRule): InfoTest {
  const verbs = oneOf(rule.verbs);
  const groups = oneOf(rule.apiGroups);
  const resources = oneOf(rule.resources);
  const namespaces = oneOf(rule.namespaces ?? []);
  const { clusterScope = false } = rule;
  if (verbs === always && groups === always && resources === always && namespaces === always && clusterScope)
    return always;
  return ({ verb, group, resource, subresource, namespace }) =>
    verbs(verb) &&
    groups(group) &&
    resources(subresource === '' ? resource : `${resource}/${subresource}`) &&
    (namespace === '' ? clusterScope : namespaces(namespace));
}

function pathTest(rule: NonResourcePolicyRule): InfoTest {
  const verbs = oneOf(rule.verbs);
  const urls = rule.nonResourceURLs;
  if (verbs === always && urls.includes(ANY)) return always;
  return ({ verb, path }) => verbs(verb) && urls.some(url => covers(url, path));
}

/** '/a/*' is what lies below /a; '/a' is /a and, as upstream has it, what lies below. */
function covers(url: string, path: string): boolean {
  if (url === ANY || url === path) return true;
  const prefix = url.endsWith(ANY) ? url.slice(0, -1) : url;
  return path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}

function oneOf(values: readonly string[]): (value: string) => boolean {
  if (values.length === 1 && values[0] === ANY) return always;
  const set = new Set(values);
  return value => set.has(value);
}
