/**
 * The authentication stage: who sent this? A client certificate that the TLS layer has verified,
 * then a bearer token; neither is the anonymous user; a token that is wrong is 401.
 */
import { StatusError } from '../../api/status-error.ts';
import type { ApiRequest } from '../request.ts';
import { anonymous, authenticated, type User } from './user.ts';
import { webSocketToken } from './websocket-token.ts';

export interface Authenticator {
  /** @throws StatusError 401 */
  authenticate(request: ApiRequest): Promise<User>;
}

/** Undefined: not a token of this kind, or not valid. */
export type TokenAuthenticator = (token: string) => Promise<User | undefined>;

export function createAuthenticator(tokens: readonly TokenAuthenticator[]): Authenticator {
  return {
    async authenticate(request) {
      const certificate = request.clientCertificate;
      if (certificate && certificate.commonName !== '')
        return authenticated({ name: certificate.commonName, groups: certificate.organizations });
      const token = bearerToken(request.header('authorization')) ?? webSocketToken(request);
      if (token === undefined) return anonymous;
      for (const authenticate of tokens) {
        const user = await authenticate(token);
        if (user) return authenticated(user);
      }
      throw unauthorized();
    },
  };
}

function unauthorized(): StatusError {
  return new StatusError({ reason: 'Unauthorized', message: 'Unauthorized' });
}

function bearerToken(header: string | undefined): string | undefined {
  const [scheme, token, ...rest] = (header ?? '').trim().split(/ +/);
  return scheme?.toLowerCase() === 'bearer' && token && rest.length === 0 ? token : undefined;
}
