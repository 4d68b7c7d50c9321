/**
 * Bearer tokens of browsers: they can set no header of a WebSocket but Sec-WebSocket-Protocol, so the
 * token comes as one of its protocols, in base64url without padding, beside one that is meant
 * (upstream's apiserver/pkg/authentication/request/websocket).
 */
import type { ApiRequest } from '../request.ts';

export const TOKEN_PROTOCOL = 'base64url.bearer.authorization.k8s.io.';

/** Undefined: the request is no WebSocket, or names no token, more than one, or nothing besides. */
export function webSocketToken(request: Pick<ApiRequest, 'header'>): string | undefined {
  if (request.header('upgrade')?.toLowerCase() !== 'websocket') return undefined;
  const protocols = (request.header('sec-websocket-protocol') ?? '').split(',').map(p => p.trim());
  const [token, ...more] = protocols.filter(protocol => protocol.startsWith(TOKEN_PROTOCOL));
  const others = protocols.filter(protocol => protocol !== '' && !protocol.startsWith(TOKEN_PROTOCOL));
  if (token === undefined || more.length > 0 || others.length === 0) return undefined;
  return Buffer.from(token.slice(TOKEN_PROTOCOL.length), 'base64url').toString();
}
