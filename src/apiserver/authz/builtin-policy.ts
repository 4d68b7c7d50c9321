/**
 * The policy until RBAC is there: masters and the cluster's own components may do everything;
 * everyone else has what upstream's system:public-info-viewer, system:discovery and
 * system:basic-user roles give: versions and health, discovery when authenticated, and reviews of
 * one's own access.
 */
import { ownField } from '../../base/own-field.ts';
import { AUTHENTICATED, MASTERS, type User } from '../authn/user.ts';
import type { AccessAttributes, Authorizer, Decision } from './authorizer.ts';

const PUBLIC_PATHS = ['/healthz', '/livez', '/readyz', '/version', '/version/'];
const DISCOVERY_PATHS = ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*', '/.well-known/*'];
const OWN_REVIEWS: Readonly<Record<string, readonly string[]>> = {
  'authorization.k8s.io': ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
  'authentication.k8s.io': ['selfsubjectreviews'],
};
const COMPONENT_USERS = new Set([
  'system:apiserver',
  'system:kube-controller-manager',
  'system:kube-scheduler',
  'system:kube-proxy',
]);
const COMPONENT_GROUPS = ['system:nodes', 'system:serviceaccounts:kube-system'];

const yes = (reason: string): Decision => ({ allowed: true, reason });
const NO: Decision = { allowed: false, reason: '' };

export const builtinPolicy: Authorizer = {
  authorize(user, attributes) {
    if (user.groups.includes(MASTERS)) return yes('');
    if (isComponent(user)) return yes('the cluster’s own components may do everything');
    return attributes.resourceRequest ? ownReview(user, attributes) : publicPath(user, attributes);
  },
};

function isComponent(user: User): boolean {
  return COMPONENT_USERS.has(user.name) || COMPONENT_GROUPS.some(group => user.groups.includes(group));
}

function ownReview(user: User, { verb, group, resource }: AccessAttributes): Decision {
  const granted =
    verb === 'create' &&
    user.groups.includes(AUTHENTICATED) &&
    (ownField(OWN_REVIEWS, group)?.includes(resource) ?? false);
  return granted ? yes('everyone may ask about their own access') : NO;
}

function publicPath(user: User, { verb, path }: AccessAttributes): Decision {
  if (verb !== 'get') return NO;
  if (matches(PUBLIC_PATHS, path)) return yes('public information');
  return user.groups.includes(AUTHENTICATED) && matches(DISCOVERY_PATHS, path) ? yes('discovery') : NO;
}

function matches(patterns: readonly string[], path: string): boolean {
  return patterns.some(p => (p.endsWith('*') ? path.startsWith(p.slice(0, -1)) : p === path));
}
