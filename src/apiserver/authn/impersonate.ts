/**
 * Impersonation (`kubectl --as`): the request is carried out as another user, when the real one
 * may `impersonate` that user, its groups, uid and extra values.
 */
import { badRequest } from '../../api/status-error.ts';
import type { Authorizer } from '../authz/authorizer.ts';
import { forbiddenError } from '../authz/forbidden.ts';
import type { ApiRequest, HeaderPair } from '../request.ts';
import { AUTHENTICATED, anonymous, UNAUTHENTICATED, type User } from './user.ts';

const SERVICE_ACCOUNT = 'system:serviceaccount:';
const EXTRA = 'impersonate-extra-';
const AUTHENTICATION = 'authentication.k8s.io';

/** @throws StatusError 403 when it is not allowed, 400 when groups or a UID come without a user */
export function impersonate(request: ApiRequest, user: User, authorizer: Authorizer): User {
  const name = request.header('impersonate-user');
  const groups = list(request.header('impersonate-group'));
  const uid = request.header('impersonate-uid');
  if (name === undefined || name === '') {
    if (groups.length === 0 && uid === undefined) return user;
    throw badRequest('requested impersonation of groups, UID or extra values without impersonating a user');
  }
  const [namespace, account] = splitServiceAccount(name);
  if (account !== undefined) check(user, authorizer, 'serviceaccounts', account, namespace);
  else check(user, authorizer, 'users', name);
  for (const group of groups) check(user, authorizer, 'groups', group);
  if (uid !== undefined) check(user, authorizer, 'uids', uid, '', AUTHENTICATION);
  const extra = extraOf(request.raw().headers);
  for (const [key, values] of Object.entries(extra))
    for (const value of values) check(user, authorizer, 'userextras', value, '', AUTHENTICATION, key);
  return {
    name,
    ...(uid === undefined ? {} : { uid }),
    groups: withImplied(name, namespace, groups),
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  };
}

/** `Impersonate-Extra-<key>: value`, one header a value; the key may be percent-encoded. */
function extraOf(headers: readonly HeaderPair[]): Record<string, string[]> {
  const extra = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (!lower.startsWith(EXTRA)) continue;
    const key = decoded(lower.slice(EXTRA.length));
    extra.set(key, [...(extra.get(key) ?? []), value]);
  }
  return Object.fromEntries(extra);
}

/** What is no percent-encoding stays as it is. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

function withImplied(name: string, namespace: string | undefined, groups: readonly string[]): string[] {
  const all = [...groups];
  if (namespace !== undefined && groups.length === 0)
    all.push('system:serviceaccounts', `system:serviceaccounts:${namespace}`);
  const implied = name === anonymous.name ? UNAUTHENTICATED : AUTHENTICATED;
  if (!all.includes(AUTHENTICATED) && !all.includes(UNAUTHENTICATED)) all.push(implied);
  return all;
}

function check(
  user: User,
  authorizer: Authorizer,
  resource: string,
  name: string,
  namespace = '',
  group = '',
  subresource = '',
): void {
  const attributes = {
    verb: 'impersonate',
    resourceRequest: true,
    path: '',
    group,
    version: 'v1',
    namespace,
    resource,
    subresource,
    name,
  };
  const decision = authorizer.authorize(user, attributes);
  if (!decision.allowed) throw forbiddenError(user, attributes, decision);
}

function splitServiceAccount(name: string): [string, string] | [undefined, undefined] {
  if (!name.startsWith(SERVICE_ACCOUNT)) return [undefined, undefined];
  const [namespace, account, ...more] = name.slice(SERVICE_ACCOUNT.length).split(':');
  return namespace && account && more.length === 0 ? [namespace, account] : [undefined, undefined];
}

const list = (value: string | undefined): string[] =>
  value === undefined || value === '' ? [] : value.split(', ');
