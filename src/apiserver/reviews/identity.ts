/** Who am I (SelfSubjectReview), and whose token is this (TokenReview)? */
import { required } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { invalid } from '../../api/status-error.ts';
import { rfc3339 } from '../../base/clock.ts';
import type { TokenReview } from '../../generated/authentication-v1.ts';
import type { TokenIssuer } from '../authn/service-account-tokens.ts';
import { authenticated, type User } from '../authn/user.ts';
import type { ResourceExchange } from '../exchange.ts';

export function selfSubjectReview({ core, caller }: ResourceExchange, review: KubeObject): KubeObject {
  // The answer is made anew: what was sent with the question is not in it.
  const metadata = { creationTimestamp: rfc3339(core.clock.now()) };
  const { kind, apiVersion } = review;
  return { kind, apiVersion, metadata, status: { userInfo: userInfo(caller.user) } } as KubeObject;
}

export function tokenReview(tokens: TokenIssuer) {
  return async ({ resource }: ResourceExchange, object: KubeObject): Promise<KubeObject> => {
    const review = object as TokenReview & KubeObject;
    const { token, audiences = [] } = review.spec ?? { token: '' };
    if (!token) throw invalid(resource.definition, '', [required('spec.token')]);
    const wanted = audiences.length > 0 ? audiences : [tokens.audience];
    const found = await tokens.verify(token, wanted);
    const status = found.user
      ? { authenticated: true, user: userInfo(authenticated(found.user)), audiences: found.audiences }
      : { user: {}, error: found.why ? `[invalid bearer token, ${found.why}]` : 'invalid bearer token' };
    return { ...review, status } as KubeObject;
  };
}

function userInfo({ name, uid, groups, extra }: User): Record<string, unknown> {
  return { username: name, ...(uid ? { uid } : {}), groups, ...(extra ? { extra } : {}) };
}
