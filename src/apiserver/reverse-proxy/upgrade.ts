/**
 * Proxy requests that leave HTTP (WebSocket, SPDY, whatever the backend speaks): the handshake is
 * handed on, and from the backend's 101 on bytes are piped both ways. When one side ends, so does
 * the other, as upstream's UpgradeAwareHandler does.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { internalError } from '../../api/status-error.ts';
import type { ApiRequest } from '../request.ts';
import { askBackend, type BackendAnswer } from './backend-request.ts';
import type { ForwardOptions } from './forward.ts';
import { pairsOf, requestHeaders, responseHeaders } from './headers.ts';
import type { Location } from './location.ts';
import type { ProxyPath } from './proxy-path.ts';

export interface UpgradeConnection {
  readonly socket: Duplex;
  /** What the client sent right after its request. */
  readonly head: Buffer;
}

/** Resolves when both sides are done. @throws StatusError before anything was written to the client */
export async function forwardUpgrade(
  request: ApiRequest,
  client: UpgradeConnection,
  location: Location,
  path: ProxyPath,
  options: ForwardOptions,
): Promise<void> {
  const { message, upgraded } = await askBackend(
    location,
    {
      method: request.method,
      target: `${path.path || '/'}${path.query}`,
      headers: requestHeaders(request.raw(), path, request.header('upgrade') ?? ''),
      body: undefined,
    },
    { ...options, signal: request.signal },
  );
  if (!upgraded) return await refused(message, client.socket);
  client.socket.write(head(message, pairsOf(message.rawHeaders)));
  await join(client, upgraded);
}

function join(client: UpgradeConnection, backend: NonNullable<BackendAnswer['upgraded']>): Promise<void> {
  const [a, b] = [client.socket, backend.socket];
  if (backend.head.length > 0) a.write(backend.head);
  if (client.head.length > 0) b.write(client.head);
  relay(a, b);
  relay(b, a);
  return new Promise(resolve => {
    let open = 2;
    const closed = () => {
      if (--open === 0) resolve();
    };
    a.once('close', closed);
    b.once('close', closed);
  });
}

/** Neither side is half open: what has been said is delivered, then both are closed. */
function relay(from: Duplex, to: Duplex): void {
  from.pipe(to);
  from.on('end', () => to.end(() => from.destroy()));
  from.on('error', () => to.destroy());
  from.on('close', () => {
    if (to.writableEnded && !to.writableFinished) to.once('finish', () => to.destroy());
    else to.destroy();
  });
}

/** An error of the backend's is the client's answer; a success without an upgrade is none. */
function refused(message: IncomingMessage, socket: Duplex): Promise<void> {
  const status = message.statusCode ?? 0;
  if (status < 400) {
    message.destroy();
    throw internalError(`invalid upgrade response: status code ${status}`);
  }
  const headers = Object.entries(responseHeaders(message.rawHeaders)).flatMap(([name, value]) =>
    [value].flat().map(one => [name, one] as const),
  );
  socket.write(head(message, [...headers, ['Connection', 'close']]));
  message.pipe(socket);
  return new Promise(resolve => {
    message.once('close', resolve);
    socket.once('close', () => message.destroy());
  });
}

function head(message: IncomingMessage, headers: readonly (readonly [string, string])[]): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `HTTP/1.1 ${message.statusCode} ${message.statusMessage}\r\n${lines}\r\n`;
}
