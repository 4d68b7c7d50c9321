/** SubjectAccessReview in its three forms: may this user do that? Answered by the authorizer itself. */
import { type FieldError, invalidValue } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { badRequest, invalid } from '../../api/status-error.ts';
import type {
  NonResourceAttributes,
  ResourceAttributes,
  SubjectAccessReviewSpec,
} from '../../generated/authorization-v1.ts';
import type { User } from '../authn/user.ts';
import type { AccessAttributes } from '../authz/authorizer.ts';
import type { ResourceExchange } from '../exchange.ts';

interface Review extends KubeObject {
  spec?: SubjectAccessReviewSpec;
  status?: unknown;
}

export function selfSubjectAccessReview(exchange: ResourceExchange, review: Review): KubeObject {
  return answer(exchange, review, exchange.caller.user);
}

export function subjectAccessReview(exchange: ResourceExchange, review: Review): KubeObject {
  const { user = '', groups = [], uid } = review.spec ?? {};
  const errors = validate(review);
  if (user === '' && groups.length === 0)
    errors.push(invalidValue('spec.user', '', 'at least one of user or group must be specified'));
  refuse(exchange, errors);
  return answer(exchange, review, { name: user, groups, ...(uid ? { uid } : {}) });
}

export function localSubjectAccessReview(exchange: ResourceExchange, review: Review): KubeObject {
  const { namespace } = exchange.target;
  const wanted = review.spec?.resourceAttributes?.namespace ?? '';
  if (review.spec?.resourceAttributes && wanted !== namespace)
    throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${namespace}`);
  return subjectAccessReview(exchange, review);
}

function validate({ spec }: Review): FieldError[] {
  const errors: FieldError[] = [];
  const both = spec?.resourceAttributes && spec.nonResourceAttributes;
  if (both)
    errors.push(
      invalidValue(
        'spec.nonResourceAttributes',
        spec.nonResourceAttributes,
        'cannot be specified in combination with resourceAttributes',
      ),
    );
  if (!spec?.resourceAttributes && !spec?.nonResourceAttributes)
    errors.push(
      invalidValue(
        'spec.resourceAttributes',
        spec?.resourceAttributes ?? null,
        'exactly one of nonResourceAttributes or resourceAttributes must be specified',
      ),
    );
  return errors;
}

/** Upstream forgets which kind it is about. @throws StatusError 422 */
function refuse({ resource }: ResourceExchange, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: resource.definition.group, kind: '' }, '', errors);
}

function answer(exchange: ResourceExchange, review: Review, user: User): KubeObject {
  refuse(exchange, validate(review));
  const { resourceAttributes, nonResourceAttributes } = review.spec ?? {};
  const attributes = resourceAttributes
    ? ofResource(resourceAttributes)
    : ofPath(nonResourceAttributes ?? {});
  const decision = exchange.core.authorizer.authorize(user, attributes);
  return {
    ...review,
    status: { allowed: decision.allowed, ...(decision.reason ? { reason: decision.reason } : {}) },
  } as KubeObject;
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
