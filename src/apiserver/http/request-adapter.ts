/** Makes the transport-free request of a Node one (HTTP/1.1 and HTTP/2 through the same API). */
import type { Http2ServerRequest } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { badRequest, StatusError } from '../../api/status-error.ts';
import type { ApiRequest, ClientCertificate, HeaderPair, RawRequest } from '../request.ts';

/** Upstream's limit for bodies: 3 MiB. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;

interface Lifetime {
  readonly signal: AbortSignal;
  whenSent?(callback: () => void): void;
}

/** Told when somebody waits for the whole body. Nobody does where it is handed on as it comes. */
type OnReading = (message: Http2ServerRequest, reading: Promise<Buffer>) => void;

/** Undefined: the path is not a valid percent-encoding. */
export function toApiRequest(
  message: Http2ServerRequest,
  lifetime: Lifetime,
  onReading?: OnReading,
): ApiRequest | undefined {
  const target = originForm(message.url ?? '/');
  const mark = target.indexOf('?');
  const path = decodePath(mark < 0 ? target : target.slice(0, mark));
  if (path === undefined) return undefined;
  const query = mark < 0 ? new URLSearchParams() : parseQuery(target.slice(mark + 1));
  return new HttpRequest(message, path, query, lifetime, onReading);
}

/** A class, not an object of closures: one is made for each request. */
class HttpRequest implements ApiRequest {
  readonly method: string;
  readonly clientCertificate: ClientCertificate | undefined;

  constructor(
    private readonly message: Http2ServerRequest,
    readonly path: string,
    readonly query: URLSearchParams,
    private readonly lifetime: Lifetime,
    private readonly onReading: OnReading | undefined,
  ) {
    this.method = (message.method ?? 'GET').toUpperCase();
    this.clientCertificate = clientCertificate(message);
  }

  header(lowerCaseName: string): string | undefined {
    const value = this.message.headers[lowerCaseName];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  headersLike(lowerCasePrefix: string): readonly HeaderPair[] {
    const { rawHeaders } = this.message;
    const found: HeaderPair[] = [];
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
      const name = rawHeaders[i]?.toLowerCase() ?? '';
      if (name.startsWith(lowerCasePrefix)) found.push([name, rawHeaders[i + 1] ?? '']);
    }
    return found;
  }

  body(): Promise<Buffer> {
    const reading = readBody(this.message, MAX_BODY_BYTES);
    this.onReading?.(this.message, reading);
    return reading;
  }

  get signal(): AbortSignal {
    return this.lifetime.signal;
  }

  whenSent(callback: () => void): void {
    if (this.lifetime.whenSent) this.lifetime.whenSent(callback);
    else callback();
  }

  raw(): RawRequest {
    return toRawRequest(this.message);
  }
}

/** As Go reads queries: a part with a semicolon, or one that is no percent-encoding, does not count. */
export function parseQuery(text: string): URLSearchParams {
  const readable = text.split('&').filter(part => !part.includes(';') && decodePath(part) !== undefined);
  return new URLSearchParams(readable.join('&'));
}

function toRawRequest(message: Http2ServerRequest): RawRequest {
  const { rawHeaders, headers } = message;
  const pairs: HeaderPair[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (!name.startsWith(':')) pairs.push([name, rawHeaders[i + 1] ?? '']);
  }
  return {
    target: originForm(message.url ?? '/'),
    headers: pairs,
    host: headers[':authority'] ?? headers.host ?? '',
    body: hasBody(message) ? message : undefined,
    remoteAddress: message.socket.remoteAddress,
  };
}

/** HTTP/2 says so in its frames, HTTP/1.1 by one of two headers (RFC 9112, 6). */
function hasBody({ stream, headers }: Http2ServerRequest): boolean {
  if (stream) return !stream.endAfterHeaders;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** A proxy may name the whole URL (RFC 9112, 3.2.2). */
function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const [, rest] = /^https?:\/\/[^/?]*(.*)$/i.exec(target) ?? [];
  if (rest === undefined) return target;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** Undefined: it is no percent-encoding. */
export function decodePath(path: string): string | undefined {
  try {
    return path.includes('%') ? decodeURIComponent(path) : path;
  } catch {
    return undefined;
  }
}

function readBody(message: Http2ServerRequest, maxBytes: number): Promise<Buffer> {
  const declared = Number(message.headers['content-length'] ?? 0);
  if (declared > maxBytes) return Promise.reject(tooLarge(maxBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) reject(tooLarge(maxBytes));
      else chunks.push(chunk);
    });
    message.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    message.on('aborted', () => reject(badRequest('the client closed the connection before the body ended')));
    message.on('error', cause => reject(badRequest(`cannot read the body: ${cause.message}`)));
  });
}

function tooLarge(maxBytes: number): StatusError {
  return new StatusError({
    reason: 'RequestEntityTooLarge',
    message: `Request entity too large: limit is ${maxBytes}`,
  });
}

const certificates = new WeakMap<object, ClientCertificate | undefined>();

function clientCertificate(message: Http2ServerRequest): ClientCertificate | undefined {
  const socket = message.socket as TLSSocket;
  // One handshake, many requests. HTTP/2 gives a proxy of the socket a session: key by the session.
  return clientCertificateOf(socket, message.stream?.session);
}

export function clientCertificateOf(
  socket: TLSSocket,
  connection: object = socket,
): ClientCertificate | undefined {
  if (!certificates.has(connection)) certificates.set(connection, readCertificate(socket));
  return certificates.get(connection);
}

function readCertificate(socket: TLSSocket): ClientCertificate | undefined {
  if (!socket.authorized) return undefined;
  const { subject, fingerprint256 } = socket.getPeerCertificate() as {
    subject?: { CN?: string | string[]; O?: string | string[] };
    fingerprint256?: string;
  };
  const [commonName] = list(subject?.CN);
  if (commonName === undefined) return undefined;
  const fingerprint = fingerprint256?.replaceAll(':', '').toLowerCase();
  const organizations = list(subject?.O);
  return { commonName, organizations, ...(fingerprint === undefined ? {} : { fingerprint }) };
}

const list = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];
