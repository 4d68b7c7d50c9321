/** Which kinds are answered instead of stored. */
import type { TokenIssuer } from '../authn/service-account-tokens.ts';
import type { ResourceExchange } from '../exchange.ts';
import type { Resource } from '../registry/resource.ts';
import type { ApiResponse } from '../request.ts';
import { createBinding } from '../subresources/binding.ts';
import { localSubjectAccessReview, selfSubjectAccessReview, subjectAccessReview } from './access.ts';
import { selfSubjectReview, tokenReview } from './identity.ts';
import { reviewHandler } from './review.ts';
import { selfSubjectRulesReview } from './rules.ts';

export type ReviewHandler = (exchange: ResourceExchange) => Promise<ApiResponse>;

export function createReviews(tokens: TokenIssuer): (resource: Resource) => ReviewHandler | undefined {
  const table: Readonly<Record<string, ReviewHandler>> = {
    'v1/Binding': createBinding,
    'authorization.k8s.io/v1/SubjectAccessReview': reviewHandler(subjectAccessReview),
    'authorization.k8s.io/v1/LocalSubjectAccessReview': reviewHandler(localSubjectAccessReview),
    'authorization.k8s.io/v1/SelfSubjectAccessReview': reviewHandler(selfSubjectAccessReview),
    'authorization.k8s.io/v1/SelfSubjectRulesReview': reviewHandler(selfSubjectRulesReview),
    'authentication.k8s.io/v1/SelfSubjectReview': reviewHandler(selfSubjectReview),
    'authentication.k8s.io/v1/TokenReview': reviewHandler(tokenReview(tokens)),
  };
  return resource => table[`${resource.apiVersion}/${resource.definition.kind}`];
}
