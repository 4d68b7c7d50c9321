/**
 * Which flow a request belongs to. What a user's requests could match is found once a user and
 * kept: most schemas are about others, and those left are tested in order of precedence.
 */
import type { User } from '../authn/user.ts';
import type { RequestInfo } from '../request-info.ts';
import type { InfoTest } from './flow-schema.ts';

interface Matcher {
  testFor(user: User): InfoTest | undefined;
}

interface Candidate<S> {
  readonly schema: S;
  readonly matches: InfoTest;
}

interface KnownUser<S> {
  readonly groups: readonly string[];
  readonly candidates: readonly Candidate<S>[];
}

/** A cluster has fewer users than this at work; a client that makes names up costs no more memory. */
const MOST_USERS = 1000;

export class Classifier<S extends { readonly matcher: Matcher }> {
  private readonly users = new Map<string, KnownUser<S>>();

  /** `schemas`: in order of precedence. `fallback`: when none matches, which the mandatory schemas prevent. */
  constructor(
    private readonly schemas: readonly S[],
    private readonly fallback: S,
  ) {}

  classify(user: User, info: RequestInfo): S {
    for (const { schema, matches } of this.candidates(user)) if (matches(info)) return schema;
    return this.fallback;
  }

  private candidates(user: User): readonly Candidate<S>[] {
    const known = this.users.get(user.name);
    if (known && sameItems(known.groups, user.groups)) return known.candidates;
    const candidates = this.schemas.flatMap(schema => {
      const matches = schema.matcher.testFor(user);
      return matches ? [{ schema, matches }] : [];
    });
    if (this.users.size >= MOST_USERS) this.users.clear();
    this.users.set(user.name, { groups: user.groups, candidates });
    return candidates;
  }
}

function sameItems(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
