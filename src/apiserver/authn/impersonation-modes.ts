/**
 * The ways to act as somebody else (KEP-5284, constrained impersonation): the narrow ones allow it
 * for single verbs and resources, the old one for everything. Refused alternative: upstream's cache
 * of the mode that last served a user; here an authorization costs nothing.
 */
import { dnsSubdomain } from '../../api/meta/names.ts';
import { StatusError } from '../../api/status-error.ts';
import { validateDomainPath } from '../../api/validation/references.ts';
import type { AccessAttributes, Authorizer } from '../authz/authorizer.ts';
import { forbiddenError } from '../authz/forbidden.ts';
import { AUTHENTICATED, anonymous, MASTERS, UNAUTHENTICATED, type User } from './user.ts';

/** As the headers name it. */
export interface WantedUser {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: ReadonlyMap<string, readonly string[]>;
}

interface Mode {
  /** Undefined: the old one. */
  readonly name?: string;
  suits(wanted: WantedUser, real: User): boolean;
  /** Of the user, where it is not its own. */
  readonly nameAsked?: string;
}

const NODE_NAME = 'authentication.kubernetes.io/node-name';
const AUTHENTICATION = 'authentication.k8s.io';
/** So many questions are first asked as one. */
const MANY = 4;

const isBare = ({ uid, groups, extra }: WantedUser): boolean =>
  uid === '' && groups.length === 0 && extra.size === 0;

const MODES: readonly Mode[] = [
  {
    name: 'associated-node',
    suits(wanted, real) {
      const [node, ...more] = real.extra?.[NODE_NAME] ?? [];
      const isAccount = serviceAccountOf(real.name) !== undefined;
      return isBare(wanted) && isAccount && more.length === 0 && nodeOf(wanted.name) === (node ?? '');
    },
    nameAsked: '*',
  },
  { name: 'arbitrary-node', suits: wanted => isBare(wanted) && nodeOf(wanted.name) !== undefined },
  { name: 'serviceaccount', suits: wanted => isBare(wanted) && serviceAccountOf(wanted.name) !== undefined },
  {
    name: 'user-info',
    suits: ({ name }) => nodeOf(name) === undefined && serviceAccountOf(name) === undefined,
  },
  { suits: () => true },
];

/** @throws StatusError 403: what the first way that suits says */
export function become(
  wanted: WantedUser,
  real: User,
  request: AccessAttributes,
  authorizer: Authorizer,
): User {
  let refusal: StatusError | undefined;
  for (const mode of MODES.filter(({ suits }) => suits(wanted, real))) {
    try {
      return new Attempt(mode, wanted, real, authorizer).user(request);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      refusal ??= error;
    }
  }
  throw refusal ?? new Error('no mode suits');
}

class Attempt {
  private readonly verb: string;
  private readonly isConstrained: boolean;

  constructor(
    private readonly mode: Mode,
    private readonly wanted: WantedUser,
    private readonly real: User,
    private readonly authorizer: Authorizer,
  ) {
    this.isConstrained = mode.name !== undefined;
    this.verb = this.isConstrained ? `impersonate:${mode.name}` : 'impersonate';
  }

  user(request: AccessAttributes): User {
    if (this.isConstrained)
      this.ask({ ...request, verb: `impersonate-on:${this.mode.name}:${request.verb}` });
    const { name, uid, extra } = this.wanted;
    const groups = this.askUser();
    if (uid !== '') this.ask(this.attributes('uids', uid, AUTHENTICATION));
    this.askGroups();
    this.askExtra();
    const implied = name === anonymous.name ? UNAUTHENTICATED : AUTHENTICATED;
    const isComplete = groups.includes(implied) || groups.includes(UNAUTHENTICATED);
    return {
      name,
      ...(uid === '' ? {} : { uid }),
      groups: isComplete ? groups : [...groups, implied],
      ...(extra.size === 0
        ? {}
        : { extra: Object.fromEntries([...extra].sort(([a], [b]) => (a < b ? -1 : 1))) }),
    };
  }

  /** @returns the groups, for some users they are known */
  private askUser(): readonly string[] {
    const { name, groups } = this.wanted;
    const node = this.isConstrained ? nodeOf(name) : undefined;
    if (node !== undefined) {
      this.ask(this.attributes('nodes', this.mode.nameAsked ?? node, AUTHENTICATION));
      return ['system:nodes'];
    }
    const account = serviceAccountOf(name);
    if (!account) {
      this.ask(this.attributes('users', name));
      return groups;
    }
    this.ask({ ...this.attributes('serviceaccounts', account.name), namespace: account.namespace });
    if (groups.length > 0) return groups;
    return ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`];
  }

  private askGroups(): void {
    const { groups } = this.wanted;
    const about = (name: string) => this.attributes('groups', name);
    if (this.isConstrained) {
      if (groups.includes(''))
        throw this.refusal(about(''), 'impersonating the empty string group is not allowed');
      if (groups.includes(MASTERS))
        throw this.refusal(about(MASTERS), 'impersonating the system:masters group is not allowed');
    }
    if (this.isConstrained && groups.length >= MANY && this.may(about('*'))) return;
    for (const group of groups) this.ask(about(group));
  }

  private askExtra(): void {
    const { extra } = this.wanted;
    const about = (key: string, value: string) => ({
      ...this.attributes('userextras', value, AUTHENTICATION),
      subresource: key,
    });
    const all = [...extra].flatMap(([key, values]) => values.map(value => about(key, value)));
    if (this.isConstrained) {
      for (const [key, values] of extra) {
        const problem = extraProblem(key, values);
        if (problem !== undefined)
          throw this.refusal(about('', ''), `impersonating ${problem} in extra is not allowed`);
      }
      if (all.length >= MANY && this.may(about('*', '*'))) return;
    }
    for (const attributes of all) this.ask(attributes);
  }

  private attributes(
    resource: string,
    name: string,
    group = this.isConstrained ? AUTHENTICATION : '',
  ): AccessAttributes {
    const { verb } = this;
    const nowhere = { path: '', namespace: '', subresource: '' };
    return { ...nowhere, verb, resourceRequest: true, group, version: 'v1', resource, name };
  }

  private may(attributes: AccessAttributes): boolean {
    return this.authorizer.authorize(this.real, attributes).allowed;
  }

  private ask(attributes: AccessAttributes): void {
    const decision = this.authorizer.authorize(this.real, attributes);
    if (!decision.allowed) throw forbiddenError(this.real, attributes, decision);
  }

  private refusal(attributes: AccessAttributes, reason: string): StatusError {
    return forbiddenError(this.real, attributes, { allowed: false, reason });
  }
}

/** The old way allows everything. */
function extraProblem(key: string, values: readonly string[]): string | undefined {
  if (key === '') return 'the empty string key';
  if (validateDomainPath(key, 'extra.key').length > 0) return 'an invalid key';
  if (values.length === 0) return 'empty values';
  return values.includes('') ? 'the empty string value' : undefined;
}

function nodeOf(user: string): string | undefined {
  const [, name] = /^system:node:(.*)$/s.exec(user) ?? [];
  return name !== undefined && dnsSubdomain(name).length === 0 ? name : undefined;
}

function serviceAccountOf(user: string): { namespace: string; name: string } | undefined {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}
