/**
 * The socket: one TLS port for HTTP/2, HTTP/1.1 and upgrades. limits.ts says what a client may take of
 * it; connections whose other end is gone are found by TCP keep-alive and HTTP/2 pings.
 */
import { randomUUID } from 'node:crypto';
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
import { limitConnections } from './connections.ts';
import { raiseHighWaterMark } from './high-water-mark.ts';
import { cut, cutWhenStalled, drain, isLong, LONG_BYTES } from './leftovers.ts';
import { DEFAULT_LIMITS, type HttpLimits } from './limits.ts';
import { toApiRequest } from './request-adapter.ts';
import { RequestLifetime } from './request-lifetime.ts';
import { Sessions } from './sessions.ts';
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
  /** Instead of DEFAULT_LIMITS. */
  readonly limits?: Partial<HttpLimits>;
}

const KEEP_ALIVE_MS = 30_000;
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
  private readonly sessions: Sessions;
  private readonly limits: HttpLimits;
  /** Whose end somebody waits for: streams, long answers. All requests would be too many for a set. */
  private readonly watched = new Set<RequestLifetime>();

  constructor(private readonly options: HttpOptions) {
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.limits = limits;
    this.sessions = new Sessions(options.clock, limits);
    this.server = createSecureServer({
      allowHTTP1: true,
      cert: options.certificate,
      key: options.key,
      ca: options.clientCa,
      requestCert: true,
      // Tokens and anonymous requests come without; a certificate of another CA is no certificate.
      rejectUnauthorized: false,
      handshakeTimeout: limits.handshakeTimeoutMs,
      minVersion: 'TLSv1.2',
      settings: { maxConcurrentStreams: limits.maxStreams, initialWindowSize: 1024 * 1024 },
    } as Parameters<typeof createSecureServer>[0]);
    this.server.on('request', (request, response) => void this.onRequest(request, response));
    this.server.on('upgrade', (message: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (options.upgrade) options.upgrade(message, socket, head);
      else socket.end(BAD_REQUEST);
    });
    this.server.on('session', session => this.sessions.add(session));
    this.server.on('secureConnection', socket => {
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      socket.setNoDelay(true);
      raiseHighWaterMark(socket);
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
    this.server.maxConnections = limits.maxConnections;
    limitConnections(this.server, limits.maxConnectionsPerAddress);
    // Of HTTP/1.1. The constructor of an HTTP/2 server does not take them.
    Object.assign(this.server, {
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headersTimeoutMs,
      // Not of every request: a body that is handed on to a pod may take hours (limitBody).
      requestTimeout: 0,
      keepAliveTimeout: limits.idleTimeoutMs,
      connectionsCheckingInterval: limits.checkIntervalMs,
    });
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
    // Such as too many open files: it goes on with the next connection.
    this.server.on('error', error => {
      this.options.log.warn('connection not accepted', { error: String(error) });
    });
    return this.server.address() as AddressInfo;
  }

  /** Takes no new connections, ends streams, lets answers finish for a moment, then cuts. */
  async close(): Promise<void> {
    const closed = new Promise<void>(resolve => void this.server.close(() => resolve()));
    for (const lifetime of this.watched) lifetime.end();
    this.sessions.close();
    const cut = this.options.clock.schedule(CLOSE_GRACE_MS, () => {
      this.sessions.destroy();
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
    // Before the end of the handshake there is nobody to tell.
    else if (!socket.writable || code === 'ECONNRESET' || isConnecting(socket)) socket.destroy();
    else {
      socket.end(REFUSED[code ?? ''] ?? BAD_REQUEST);
      socket.destroySoon();
    }
  }

  /** Of HTTP/1.1; over HTTP/2 the request's own deadline is all. */
  private readonly limitBody = (message: Http2ServerRequest, reading: Promise<Buffer>): void => {
    if (message.complete || message.stream) return;
    const late = this.options.clock.schedule(this.limits.bodyTimeoutMs, () => {
      const error: ParserError = Object.assign(new Error('slow body'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
      void this.onClientError(error, message.socket as TLSSocket);
    });
    const over = () => late.cancel();
    reading.then(over, over);
  };

  private readonly onWatched = (lifetime: RequestLifetime) => void this.watched.add(lifetime);

  private async onRequest(message: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
    const lifetime = new RequestLifetime(this.onWatched);
    const end = () => {
      this.watched.delete(lifetime);
      lifetime.end();
    };
    response.on('close', end);
    response.on('error', end);
    const request = toApiRequest(message, lifetime, this.limitBody);
    if (!request) {
      response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
      response.end('400 Bad Request');
      return;
    }
    try {
      const answer = await this.options.handle(request);
      if (lifetime.ended) return;
      if (isLong(answer)) cutWhenStalled(response, this.limits.stalledMs);
      await writeResponse(response, answer, {
        withoutBody: request.method === 'HEAD',
        acceptEncoding: request.header('accept-encoding'),
        auditId: request.header('audit-id') || randomUUID(),
        lifetime,
      });
      // A watch that has ended with much still to send.
      if (response.writableLength > LONG_BYTES && !isLong(answer))
        cutWhenStalled(response, this.limits.stalledMs);
      drain(message, this.options.clock, this.limits);
    } catch (error) {
      if (!lifetime.ended) this.options.log.warn('cannot write an answer', { path: request.path, error });
      // A part of it may have left: the client must not take that for the whole.
      cut(response);
    }
  }
}

function isConnecting(socket: TLSSocket): boolean {
  return (socket as TLSSocket & { readonly secureConnecting?: boolean }).secureConnecting ?? false;
}

function isIdle(socket: Socket): boolean {
  return socket.writableLength === 0 && (socket as Socket & { _httpMessage?: unknown })._httpMessage == null;
}
