/**
 * Who signs service account tokens, and with which key: so that others can verify them without
 * asking this server (KEP-1393, OpenID Connect Discovery 1.0).
 */
import type { TokenIssuer } from '../authn/service-account-tokens.ts';
import type { ApiResponse } from '../request.ts';

const CONFIGURATION = '/.well-known/openid-configuration';
const KEYS = '/openid/v1/jwks';

export interface IssuerDiscoveryOptions {
  readonly tokens: Pick<TokenIssuer, 'audience' | 'publicJwk'>;
  /** host:port that clients reach the server at. */
  readonly serverAddress: () => string;
}

/** Undefined: another path. */
export function issuerDiscovery(
  path: string,
  { tokens, serverAddress }: IssuerDiscoveryOptions,
): ApiResponse | undefined {
  const { publicJwk, audience } = tokens;
  switch (path.replace(/\/$/, '')) {
    case CONFIGURATION:
      return cacheable('application/json', {
        issuer: audience,
        jwks_uri: `https://${serverAddress()}${KEYS}`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: [publicJwk['alg']],
      });
    case KEYS:
      return cacheable('application/jwk-set+json', { keys: [publicJwk] });
    default:
      return undefined;
  }
}

function cacheable(contentType: string, value: object): ApiResponse {
  return {
    status: 200,
    contentType,
    headers: { 'cache-control': 'public, max-age=3600' },
    body: Buffer.from(JSON.stringify(value)),
  };
}
