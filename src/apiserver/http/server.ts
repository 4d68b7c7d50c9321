/**
 * The socket: one TLS port for HTTP/2, HTTP/1.1 and upgrades.
 *
 * Limits: headers 1 MiB together (upstream's), 30 s for a request's headers, 120 s for all of it, idle connections
 * closed after `idleTimeoutMs`, half-open ones found by TCP keep-alive and HTTP/2 pings.
 */

import type { IncomingMessage } from 'node:http';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import { toApiRequest } from './request-adapter.ts';
import { RequestLifetime } from './request-lifetime.ts';
import { readUnknownMethod, writeLastAnswer } from './unknown-method.ts';
import { writeResponse } from './write-response.ts';

export interface HttpOptions {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  /** Signs the client certificates that are believed. */
  readonly clientCa: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly handle: (request: ApiRequest) => Promise<ApiResponse>;
  /** WebSocket and SPDY; absent: upgrades are refused. */
  readonly upgrade?: (message: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly idleTimeoutMs?: number;
}

const MAX_HEADER_BYTES = 1024 * 1024;
const HEADERS_TIMEOUT_MS = 30_000;
/** For a whole request with its body over HTTP/1.1; answers, watches above all, take as long as they like. */
const REQUEST_TIMEOUT_MS = 120_000;
const IDLE_TIMEOUT_MS = 180_000;
const KEEP_ALIVE_MS = 30_000;
/** An answer of which this much waits for the client gets cut when nothing moves for so long. */
const STALLED_BYTES = 64 * 1024;
const STALLED_MS = 60_000;
/** Answers under way get this long to finish when the server closes. */
const CLOSE_GRACE_MS = 2000;

const BAD_REQUEST = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n';
/** By the parser's code. */
const REFUSED: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: 'HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n',
  ERR_HTTP_REQUEST_TIMEOUT: 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n',
};

type ParserError = Error & { readonly code?: string; readonly rawPacket?: Buffer };

export class HttpServer {
  private readonly server: Http2SecureServer;
  private readonly sockets = new Set<Socket>();
  private readonly sessions = new Set<{ close(): void; destroy(): void }>();
  private readonly lifetimes = new Set<RequestLifetime>();

  constructor(private readonly options: HttpOptions) {
    this.server = createSecureServer({
      allowHTTP1: true,
      cert: options.certificate,
      key: options.key,
      ca: options.clientCa,
      requestCert: true,
      // Tokens and anonymous requests come without; a certificate of another CA is no certificate.
      rejectUnauthorized: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      minVersion: 'TLSv1.2',
      settings: { maxConcurrentStreams: 1000, initialWindowSize: 1024 * 1024 },
    } as Parameters<typeof createSecureServer>[0]);
    this.server.on('request', (request, response) => void this.onRequest(request, response));
    this.server.on('upgrade', (message: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (options.upgrade) options.upgrade(message, socket, head);
      else socket.end(BAD_REQUEST);
    });
    this.server.on('session', session => {
      this.sessions.add(session);
      session.setTimeout(options.idleTimeoutMs ?? IDLE_TIMEOUT_MS, () => {
        // Open watches keep their session: a ping tells whether someone is there.
        if (!session.destroyed) session.ping(() => {});
      });
      session.on('close', () => this.sessions.delete(session));
      session.on('error', () => {});
    });
    this.server.on('secureConnection', socket => {
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    this.server.on('tlsClientError', () => {});
    this.server.on('clientError', (error: ParserError, socket: TLSSocket) => {
      void this.onClientError(error, socket);
    });
    this.server.on('sessionError', () => {});
    this.server.setTimeout(0);
    Object.assign(this.server, { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS });
  }

  /** @throws Error EADDRINUSE and the like */
  async listen(port: number, host?: string): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
    return this.server.address() as AddressInfo;
  }

  /** Takes no new connections, ends streams, lets answers finish for a moment, then cuts. */
  async close(): Promise<void> {
    const closed = new Promise<void>(resolve => void this.server.close(() => resolve()));
    for (const lifetime of this.lifetimes) lifetime.end();
    for (const session of this.sessions) session.close();
    const cut = this.options.clock.schedule(CLOSE_GRACE_MS, () => {
      for (const session of this.sessions) session.destroy();
      for (const socket of this.sockets) socket.destroy();
    });
    for (const socket of this.sockets) if (isIdle(socket)) socket.destroy();
    await closed;
    cut.cancel();
  }

  /** What Node's parser cannot read, and the client's own broken connections. */
  private async onClientError({ code, rawPacket }: ParserError, socket: TLSSocket): Promise<void> {
    const request = code === 'HPE_INVALID_METHOD' ? readUnknownMethod(rawPacket, socket) : undefined;
    if (request) writeLastAnswer(socket, await this.options.handle(request));
    else if (socket.writable && code !== 'ECONNRESET') socket.end(REFUSED[code ?? ''] ?? BAD_REQUEST);
    else socket.destroy();
  }

  private async onRequest(message: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
    const lifetime = new RequestLifetime();
    this.lifetimes.add(lifetime);
    const end = () => {
      this.lifetimes.delete(lifetime);
      lifetime.end();
    };
    response.on('close', end);
    response.on('error', end);
    const request = toApiRequest(message, lifetime);
    if (!request) {
      response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
      response.end('400 Bad Request');
      return;
    }
    try {
      const answer = await this.options.handle(request);
      if (lifetime.ended) return;
      await writeResponse(response, answer, {
        withoutBody: request.method === 'HEAD',
        acceptEncoding: request.header('accept-encoding'),
        lifetime,
      });
      drain(message);
      endStalled(response);
    } catch (error) {
      if (!lifetime.ended) this.options.log.warn('cannot write an answer', { path: request.path, error });
      response.stream?.destroy?.();
    }
  }
}

/** A client that takes nothing more of a large answer is cut off, so that it holds no memory for ever. */
function endStalled(response: Http2ServerResponse): void {
  if (response.writableLength < STALLED_BYTES) return;
  // HTTP/1.1 answers have no stream of their own: their socket goes.
  response.setTimeout(STALLED_MS, () => (response.stream ?? response.socket)?.destroy());
  response.once('finish', () => response.setTimeout(0));
}

/** A body nobody read would stop the next request of the connection. */
function drain(message: Http2ServerRequest): void {
  if (!message.readableEnded) message.resume();
}

function isIdle(socket: Socket): boolean {
  return socket.writableLength === 0 && (socket as Socket & { _httpMessage?: unknown })._httpMessage == null;
}
