/**
 * The authentication stage: who sent this? A client certificate that the TLS layer has verified,
 * then a bearer token; neither is the anonymous user; a token that is wrong is 401.
 */
import { StatusError } from '../../api/status-error.ts';
import type { ApiRequest, ClientCertificate } from '../request.ts';
import { anonymous, authenticated, CREDENTIAL_ID, type User } from './user.ts';
import { webSocketToken } from './websocket-token.ts';

export interface Authenticator {
  /** A promise only where somebody has to be asked. @throws StatusError 401 */
  authenticate(request: ApiRequest): User | Promise<User>;
}

/** Undefined: not a token of this kind, or not valid. */
export type TokenAuthenticator = (token: string) => Promise<User | undefined>;

export function createAuthenticator(tokens: readonly TokenAuthenticator[]): Authenticator {
  /** A connection has one certificate for all its requests. */
  const ofCertificate = new WeakMap<ClientCertificate, User>();
  return {
    authenticate(request) {
      const certificate = request.clientCertificate;
      if (certificate && certificate.commonName !== '') {
        let user = ofCertificate.get(certificate);
        if (!user) {
          user = userOf(certificate);
          ofCertificate.set(certificate, user);
        }
        return user;
      }
      const token = bearerToken(request.header('authorization')) ?? webSocketToken(request);
      return token === undefined ? anonymous : ofToken(token, tokens);
    },
  };
}

function userOf({ commonName, organizations, fingerprint }: ClientCertificate): User {
  const extra = fingerprint === undefined ? undefined : { [CREDENTIAL_ID]: [`X509SHA256=${fingerprint}`] };
  return authenticated({ name: commonName, groups: organizations, ...(extra ? { extra } : {}) });
}

async function ofToken(token: string, authenticators: readonly TokenAuthenticator[]): Promise<User> {
  for (const authenticate of authenticators) {
    const user = await authenticate(token);
    if (user) return authenticated(user);
  }
  throw unauthorized();
}

function unauthorized(): StatusError {
  return new StatusError({ reason: 'Unauthorized', message: 'Unauthorized' });
}

function bearerToken(header: string | undefined): string | undefined {
  const [scheme, token, ...rest] = (header ?? '').trim().split(/ +/);
  return scheme?.toLowerCase() === 'bearer' && token && rest.length === 0 ? token : undefined;
}
