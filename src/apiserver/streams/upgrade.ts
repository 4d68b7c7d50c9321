/**
 * Answers to HTTP/1.1 upgrade requests, written on the raw socket: the handshake of SPDY, and
 * refusals that a client reads as an ordinary response.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { StatusError } from '../../api/status-error.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';

export interface UpgradeContext {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** Bytes that came with the upgrade request. */
  readonly head: Buffer;
  readonly clock: Clock;
  readonly log: Logger;
}

export const isSpdyUpgrade = (request: IncomingMessage): boolean =>
  (request.headers.upgrade ?? '').toLowerCase() === 'spdy/3.1';
export const isWebSocketUpgrade = (request: IncomingMessage): boolean =>
  (request.headers.upgrade ?? '').toLowerCase() === 'websocket';

/** The first of ours that the client offers; '' when it offers none at all; undefined: no overlap. */
export function negotiate(offered: readonly string[], ours: readonly string[]): string | undefined {
  if (offered.length === 0) return '';
  return ours.find(p => offered.includes(p));
}

/** Upstream's answer where client and server have no protocol in common. */
export function noProtocol(offered: readonly string[], ours: readonly string[]): StatusError {
  return new StatusError({
    reason: 'Forbidden',
    message: `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${ours.join(' ')}]`,
  });
}

export function offeredSpdyProtocols(request: IncomingMessage): string[] {
  const header = request.headers['x-stream-protocol-version'];
  return (Array.isArray(header) ? header : [header ?? ''])
    .flatMap(h => h.split(','))
    .map(p => p.trim())
    .filter(p => p !== '');
}

export function acceptSpdy(socket: Duplex, protocol: string): void {
  const version = protocol ? `X-Stream-Protocol-Version: ${protocol}\r\n` : '';
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n${version}\r\n`,
  );
}

/** A Status as an ordinary response on a connection that then ends. */
export function refuse(
  socket: Duplex,
  error: StatusError,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = JSON.stringify(error.toStatus());
  const extra = Object.entries(headers)
    .map(([k, v]) => `${k}: ${v}\r\n`)
    .join('');
  socket.end(
    `HTTP/1.1 ${error.code} ${error.reason || 'Error'}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n${extra}\r\n${body}`,
  );
}

/** Completes a WebSocket handshake with one of `protocols` (the first the client offers of ours). */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  protocols: readonly string[],
): Promise<WebSocket> {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: 32 * 1024 * 1024,
    handleProtocols: offered => protocols.find(p => offered.has(p)) ?? false,
  });
  return new Promise(resolve => server.handleUpgrade(request, socket, head, resolve));
}

export function offeredWebSocketProtocols(request: IncomingMessage): string[] {
  return (request.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map(p => p.trim())
    .filter(p => p !== '');
}
