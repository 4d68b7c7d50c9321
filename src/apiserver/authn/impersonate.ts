/**
 * Impersonation (`kubectl --as`): the request is carried out as another user, when the real one
 * may be that user, with its groups, uid and extra values.
 */
import { goQuote } from '../../api/go-quote.ts';
import { badRequest } from '../../api/status-error.ts';
import type { AccessAttributes, Authorizer } from '../authz/authorizer.ts';
import type { ApiRequest, HeaderPair } from '../request.ts';
import { become, type WantedUser } from './impersonation-modes.ts';
import type { User } from './user.ts';

const PREFIX = 'impersonate-';
const EXTRA = 'impersonate-extra-';

/** @throws StatusError 403 when it is not allowed, 400 when groups and the like come without a user. */
export function impersonate(
  request: ApiRequest,
  attributes: AccessAttributes,
  user: User,
  authorizer: Authorizer,
): User {
  const headers = request.headersLike(PREFIX);
  if (headers.length === 0) return user;
  const wanted = wantedUser(headers);
  if (wanted.name !== '') return become(wanted, user, attributes, authorizer);
  if (wanted.uid === '' && wanted.groups.length === 0 && wanted.extra.size === 0) return user;
  throw badRequest(`requested ${shown(wanted)} without impersonating a user name`);
}

/** Groups and extra values stand in a header each, of the others the first counts. */
function wantedUser(headers: readonly HeaderPair[]): WantedUser {
  const valuesOf = (name: string) => headers.filter(([is]) => is === name).map(([, value]) => value);
  const extra = new Map<string, string[]>();
  for (const [name, value] of headers) {
    if (!name.startsWith(EXTRA)) continue;
    const key = unescaped(name.slice(EXTRA.length));
    extra.set(key, [...(extra.get(key) ?? []), value]);
  }
  return {
    name: valuesOf('impersonate-user')[0] ?? '',
    uid: valuesOf('impersonate-uid')[0] ?? '',
    groups: valuesOf('impersonate-group'),
    extra,
  };
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** As Go shows the structure. */
function shown({ name, uid, groups, extra }: WantedUser): string {
  const list = (values: readonly string[]) => `[]string{${values.map(goQuote).join(', ')}}`;
  const keys = [...extra.keys()].sort();
  const entries = keys.map(key => `${goQuote(key)}:${list(extra.get(key) ?? [])}`);
  const shownGroups = groups.length === 0 ? '[]string(nil)' : list(groups);
  const shownExtra = `map[string][]string${entries.length === 0 ? '(nil)' : `{${entries.join(', ')}}`}`;
  return `&user.DefaultInfo{Name:${goQuote(name)}, UID:${goQuote(uid)}, Groups:${shownGroups}, Extra:${shownExtra}}`;
}
