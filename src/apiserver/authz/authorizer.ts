/** The authorization stage: one question, one answer. Policies are stacked by the composition root. */
import type { User } from '../authn/user.ts';

/** What is asked: the attributes of upstream's SubjectAccessReview. A RequestInfo is one. */
export interface AccessAttributes {
  readonly verb: string;
  readonly resourceRequest: boolean;
  readonly path: string;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
}

export interface Decision {
  readonly allowed: boolean;
  readonly reason: string;
}

export interface Authorizer {
  authorize(user: User, attributes: AccessAttributes): Decision;
}
