/**
 * The kubelet's HTTPS port. Clients show a certificate of the cluster's CA (the API server does) or a
 * bearer token; nobody is anonymous. Nothing happens here while nobody asks.
 *
 * Limits: a request's header within 10 s, answers that nobody takes for 60 s are cut.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TLSSocket } from 'node:tls';
import type { Logger } from '../../base/log.ts';
import type { KubeletAccess, KubeletUser } from './access.ts';
import { type KubeletAnswer, type KubeletRequest, textAnswer } from './answer.ts';
import type { HandleKubelet } from './handler.ts';

export interface KubeletServerOptions {
  /** 1–65535; 0: any. */
  readonly port: number;
  /** Absent: all addresses. */
  readonly host?: string;
  /** PEM: of this server, and the CA whose client certificates are believed. */
  readonly certificate: string;
  readonly key: string;
  readonly clientCa: string;
  readonly access: KubeletAccess;
}

const HEADERS_TIMEOUT_MS = 10_000;
const STALLED_MS = 60_000;

/** Serves from `listen` until `close`. */
export class KubeletServer {
  #server: Server | undefined;
  readonly #closing = new AbortController();

  constructor(
    private readonly options: KubeletServerOptions,
    private readonly handle: HandleKubelet,
    private readonly log: Logger,
  ) {}

  /** Where it listens; undefined while it does not. */
  get port(): number | undefined {
    return (this.#server?.address() as AddressInfo | null | undefined)?.port;
  }

  /** @throws Error EADDRINUSE and the like */
  async listen(): Promise<void> {
    const { certificate, key, clientCa, port, host } = this.options;
    const server = createServer(
      // A certificate of another CA is no certificate; a token may still be good.
      {
        cert: certificate,
        key,
        ca: clientCa,
        requestCert: true,
        rejectUnauthorized: false,
        minVersion: 'TLSv1.2',
      },
      (message, response) => void this.#onRequest(message, response),
    );
    server.headersTimeout = HEADERS_TIMEOUT_MS;
    server.setTimeout(STALLED_MS);
    server.on('tlsClientError', () => {});
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
    // Such as too many open files: it goes on with the next connection.
    server.on('error', error => this.log.warn('connection not accepted', { error: String(error) }));
    this.#server = server;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#closing.abort();
    if (!server) return;
    const closed = new Promise<void>(resolve => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
    this.#server = undefined;
  }

  async #onRequest(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    response.on('error', () => gone.abort());
    const request = requestOf(message, AbortSignal.any([gone.signal, this.#closing.signal]));
    try {
      const answer = request
        ? await this.handle(request, await this.#userOf(message))
        : textAnswer(400, 'the path is not a valid percent-encoding\n');
      message.resume();
      // A log that is followed may say nothing for hours.
      if (answer.body instanceof Readable) message.socket.setTimeout(0);
      await write(response, answer, message.method === 'HEAD');
    } catch (error) {
      if (!gone.signal.aborted)
        this.log.warn('cannot write an answer', { path: request?.path, error: String(error) });
      response.destroy();
    }
  }

  async #userOf(message: IncomingMessage): Promise<KubeletUser | undefined> {
    const socket = message.socket as TLSSocket;
    if (socket.authorized) {
      const subject = socket.getPeerCertificate().subject as
        | { readonly CN?: string; readonly O?: string | string[] }
        | undefined;
      if (subject?.CN) return { name: subject.CN, groups: [subject.O ?? []].flat() };
    }
    const token = /^bearer +(\S+)$/i.exec(message.headers.authorization ?? '')?.[1];
    return token === undefined ? undefined : await this.options.access.authenticateToken(token);
  }
}

/** Undefined: the path is no percent-encoding. */
function requestOf(message: IncomingMessage, signal: AbortSignal): KubeletRequest | undefined {
  const target = message.url ?? '/';
  const mark = target.indexOf('?');
  try {
    return {
      method: message.method ?? 'GET',
      path: decodeURIComponent(mark < 0 ? target : target.slice(0, mark)),
      query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
      signal,
    };
  } catch {
    return undefined;
  }
}

async function write(response: ServerResponse, answer: KubeletAnswer, withoutBody: boolean): Promise<void> {
  const { status, contentType, headers, body } = answer;
  response.writeHead(status, { 'content-type': contentType, ...headers });
  if (body instanceof Readable) {
    response.flushHeaders();
    if (withoutBody) body.destroy();
    else return await pipeline(body, response);
  }
  response.end(withoutBody ? undefined : body);
}
