/** SubjectAccessReview in its three forms: may this user do that? Answered by the authorizer itself. */
import type { FieldError } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { invalid } from '../../api/status-error.ts';
import type { NonResourceAttributes, ResourceAttributes } from '../../generated/authorization-v1.ts';
import type { User } from '../authn/user.ts';
import type { AccessAttributes } from '../authz/authorizer.ts';
import type { ResourceExchange } from '../exchange.ts';
import {
  type AccessReview,
  validateLocalReview,
  validateReview,
  validateSelfReview,
} from './access-validation.ts';
import { ignoredSelectors } from './selectors.ts';

export function selfSubjectAccessReview(exchange: ResourceExchange, review: AccessReview): KubeObject {
  refuse(exchange, validateSelfReview(review));
  return answer(exchange, review, exchange.caller.user);
}

export function subjectAccessReview(exchange: ResourceExchange, review: AccessReview): KubeObject {
  refuse(exchange, validateReview(review));
  return answer(exchange, review, userOf(review));
}

export function localSubjectAccessReview(exchange: ResourceExchange, review: AccessReview): KubeObject {
  refuse(exchange, validateLocalReview(review));
  return answer(exchange, review, userOf(review));
}

function userOf({ spec }: AccessReview): User {
  const { user = '', groups = [], uid, extra } = spec ?? {};
  return { name: user, groups, ...(uid ? { uid } : {}), ...(extra ? { extra } : {}) };
}

/** Upstream forgets which kind it is about. @throws StatusError 422 */
function refuse({ resource }: ResourceExchange, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: resource.definition.group, kind: '' }, '', errors);
}

function answer(exchange: ResourceExchange, review: AccessReview, user: User): KubeObject {
  const { resourceAttributes, nonResourceAttributes } = review.spec ?? {};
  const attributes = resourceAttributes
    ? ofResource(resourceAttributes)
    : ofPath(nonResourceAttributes ?? {});
  const { allowed, reason } = exchange.core.authorizer.authorize(user, attributes);
  const evaluationError = resourceAttributes && ignoredSelectors(resourceAttributes);
  const status = {
    allowed,
    ...(reason ? { reason } : {}),
    ...(evaluationError ? { evaluationError } : {}),
  };
  return { ...review, status } as KubeObject;
}

function ofResource(a: ResourceAttributes): AccessAttributes {
  const {
    verb = '',
    group = '',
    version = '',
    namespace = '',
    resource = '',
    subresource = '',
    name = '',
  } = a;
  return { verb, resourceRequest: true, path: '', group, version, namespace, resource, subresource, name };
}

function ofPath({ verb = '', path = '' }: NonResourceAttributes): AccessAttributes {
  const none = { group: '', version: '', namespace: '', resource: '', subresource: '', name: '' };
  return { verb, resourceRequest: false, path, ...none };
}
