/**
 * Service account tokens: JWTs (RFC 7519) signed by the cluster, with the claims of upstream's
 * bound tokens (KEP-1205). A token is good as long as its account exists with the same UID, and
 * the pod, node or secret it is bound to does.
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { goQuote } from '../../api/go-quote.ts';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { newUid } from '../../base/uid.ts';
import { CREDENTIAL_ID, serviceAccountUser, type User } from './user.ts';

export interface BoundObject {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

export interface BoundNode {
  readonly name: string;
  /** Absent: the cluster had no such node when the token was made. */
  readonly uid?: string;
}

interface TokenClaims {
  readonly namespace: string;
  readonly account: { readonly name: string; readonly uid: string };
  readonly bound?: BoundObject | undefined;
  /** The node of the pod that the token is bound to. */
  readonly node?: BoundNode | undefined;
}

export interface TokenIssuer {
  /** The audience of tokens that ask for none, and the only one this server accepts. */
  readonly audience: string;
  /** The key that its tokens are verified with, as a JSON Web Key (RFC 7517). */
  readonly publicJwk: Readonly<Record<string, unknown>>;
  issue(claims: TokenClaims, audiences: readonly string[], lifetimeSeconds: number): Promise<string>;
  verify(token: string, audiences?: readonly string[]): Promise<VerifiedToken | RefusedToken>;
}

interface VerifiedToken {
  readonly claims: TokenClaims;
  readonly user: User;
  readonly audiences: readonly string[];
}

/** Not a valid token of this cluster. */
interface RefusedToken {
  readonly user?: undefined;
  /** In upstream's words; absent: not a token that says it is of this cluster. */
  readonly why?: string;
}

export interface TokenIssuerOptions {
  /** PKCS #8 PEM, EC P-256 (ES256) or RSA (RS256). */
  readonly key: string;
  readonly issuer: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Does the object still exist, with that UID? */
  readonly exists: (kind: string, namespace: string, name: string, uid: string) => boolean;
}

export function createTokenIssuer(options: TokenIssuerOptions): TokenIssuer {
  const { issuer, clock, random, exists } = options;
  const privateKey = createPrivateKey(options.key);
  const publicKey = createPublicKey(privateKey);
  const alg = algorithmOf(privateKey);
  const kid = keyId(publicKey);
  return {
    audience: issuer,
    publicJwk: { use: 'sig', kid, alg, ...publicKey.export({ format: 'jwk' }) },
    issue(claims, audiences, lifetimeSeconds) {
      const now = Math.floor(clock.now() / 1000);
      const { namespace, account, bound, node } = claims;
      const kubernetes = {
        namespace,
        ...(node ? { node } : {}),
        ...(bound ? { [bound.kind.toLowerCase()]: { name: bound.name, uid: bound.uid } } : {}),
        serviceaccount: account,
      };
      return new SignJWT({ 'kubernetes.io': kubernetes })
        .setProtectedHeader({ alg, kid })
        .setIssuer(issuer)
        .setAudience([...audiences])
        .setSubject(serviceAccountUser(namespace, account.name).name)
        .setJti(newUid(random))
        .setIssuedAt(now)
        .setNotBefore(now)
        .setExpirationTime(now + lifetimeSeconds)
        .sign(privateKey);
    },
    async verify(token, audiences = [issuer]) {
      const checked = await jwtVerify(token, publicKey, {
        issuer,
        algorithms: [alg],
        audience: [...audiences],
        currentDate: new Date(clock.now()),
      }).catch((error: unknown) => whyRefused(error, audiences));
      if (!('payload' in checked)) return checked;
      const { payload } = checked;
      const claims = readClaims(payload['kubernetes.io']);
      if (!claims || !stillThere(claims, exists)) return {};
      const given = payload.aud === undefined ? [] : [payload.aud].flat();
      return {
        claims,
        user: userOf(claims, payload.jti),
        audiences: audiences.filter(a => given.includes(a)),
      };
    },
  };
}

/** As upstream names keys: the hash of the public key's DER form. */
function keyId(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
}

function algorithmOf(key: KeyObject): 'ES256' | 'RS256' {
  if (key.asymmetricKeyType === 'rsa') return 'RS256';
  if (key.asymmetricKeyType === 'ec') return 'ES256';
  throw new Error(`Cannot sign service account tokens with a key of type ${key.asymmetricKeyType}`);
}

/** Which check failed. Where the token is of somebody else, or none at all, upstream says nothing more. */
function whyRefused(error: unknown, audiences: readonly string[]): RefusedToken {
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return { why: 'go-jose/go-jose: error in cryptographic primitive' };
  if (error instanceof errors.JWTExpired) return { why: 'service account token has expired' };
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud') {
    const given = [error.payload.aud ?? []].flat();
    const [has, wanted] = [given, audiences].map(list => `[${list.map(goQuote).join(' ')}]`);
    return { why: `token audiences ${has} is invalid for the target audiences ${wanted}` };
  }
  return {};
}

type Ref = { readonly name: string; readonly uid: string };

function readClaims(value: unknown): TokenClaims | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const raw = value as {
    namespace?: string;
    serviceaccount?: Ref;
    pod?: Ref;
    secret?: Ref;
    node?: BoundNode;
  };
  if (!raw.namespace || !raw.serviceaccount) return undefined;
  const bound = raw.pod
    ? { kind: 'Pod', ...raw.pod }
    : raw.secret
      ? { kind: 'Secret', ...raw.secret }
      : raw.node
        ? { kind: 'Node', name: raw.node.name, uid: raw.node.uid ?? '' }
        : undefined;
  const node = raw.pod && raw.node;
  return { namespace: raw.namespace, account: raw.serviceaccount, bound, node };
}

function stillThere(
  { namespace, account, bound }: TokenClaims,
  exists: TokenIssuerOptions['exists'],
): boolean {
  if (!exists('ServiceAccount', namespace, account.name, account.uid)) return false;
  return !bound || exists(bound.kind, bound.kind === 'Node' ? '' : namespace, bound.name, bound.uid);
}

function userOf({ namespace, account, bound, node }: TokenClaims, id: string | undefined): User {
  const prefix = 'authentication.kubernetes.io';
  const on = bound?.kind === 'Node' ? bound : node;
  const extra = {
    ...(id ? { [CREDENTIAL_ID]: [`JTI=${id}`] } : {}),
    ...(bound?.kind === 'Pod'
      ? { [`${prefix}/pod-name`]: [bound.name], [`${prefix}/pod-uid`]: [bound.uid] }
      : {}),
    ...(on ? { [`${prefix}/node-name`]: [on.name] } : {}),
    ...(on?.uid ? { [`${prefix}/node-uid`]: [on.uid] } : {}),
  };
  return { ...serviceAccountUser(namespace, account.name, account.uid), extra };
}
