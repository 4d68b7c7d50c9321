/**
 * Service account tokens for projected volumes: asked from the API (TokenRequest, bound to the
 * pod), kept in memory, renewed when 80 % of their time or a day has passed, as upstream.
 */
import type { Clock } from '../../base/clock.ts';
import type { ResourceClient } from '../../client/contract.ts';
import type { TokenRequest } from '../../generated/authentication-v1.ts';
import type { ServiceAccount, ServiceAccountTokenProjection } from '../../generated/core-v1.ts';
import { type NodePod, nameOf, namespaceOf, uidOf } from '../pods/pod.ts';

export interface TokenSource {
  token(pod: NodePod, projection: ServiceAccountTokenProjection): Promise<BoundToken>;
  forget(uid: string): void;
}

interface BoundToken {
  readonly token: string;
  /** Milliseconds since the epoch: ask again then. */
  readonly refreshAtMs: number;
}

const DAY_MS = 86_400_000;
const DEFAULT_EXPIRATION_S = 3600;

export function createTokenSource(client: ResourceClient<ServiceAccount>, clock: Clock): TokenSource {
  const cache = new Map<string, BoundToken>();
  return {
    async token(pod, projection) {
      const { audience = '', expirationSeconds = DEFAULT_EXPIRATION_S } = projection;
      const key = `${uidOf(pod)}\n${audience}\n${expirationSeconds}`;
      const known = cache.get(key);
      if (known && clock.now() < known.refreshAtMs) return known;
      const target = { namespace: namespaceOf(pod), name: pod.spec.serviceAccountName ?? 'default' };
      const body: TokenRequest = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        metadata: {},
        spec: {
          audiences: audience ? [audience] : [],
          expirationSeconds,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: nameOf(pod), uid: uidOf(pod) },
        },
      };
      const answer = (await client.createSubresource(target, 'token', body)) as TokenRequest;
      const expiresMs = Date.parse(answer.status?.expirationTimestamp ?? '');
      const lifeMs = Number.isNaN(expiresMs) ? expirationSeconds * 1000 : expiresMs - clock.now();
      const refreshAtMs = clock.now() + Math.min(DAY_MS, lifeMs * 0.8);
      const bound = { token: answer.status?.token ?? '', refreshAtMs };
      cache.set(key, bound);
      return bound;
    },
    forget(uid) {
      for (const key of cache.keys()) if (key.startsWith(`${uid}\n`)) cache.delete(key);
    },
  };
}
