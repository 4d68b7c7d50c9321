/**
 * A request and an answer as the stages see them, free of any transport: the HTTP server (http/)
 * makes one of each, and so do tests, which therefore need no socket.
 */
import type { Readable } from 'node:stream';

export interface ApiRequest {
  /** Upper case. */
  readonly method: string;
  /** Percent-decoded, always starting with '/'. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Undefined when the client did not send it; several values of one header joined by ', '. */
  header(lowerCaseName: string): string | undefined;
  /** Each by itself, as they came, but for their names, which are in lower case. */
  headersLike(lowerCasePrefix: string): readonly HeaderPair[];
  /** Whole body. @throws StatusError 413 beyond the limit, 400 when the client goes away half-way. */
  body(): Promise<Buffer>;
  /** Aborted when the client goes away or the server closes. */
  readonly signal: AbortSignal;
  /** Calls back when the answer has left, or cannot any more. Absent: who asked takes it at once. */
  readonly whenSent?: ((callback: () => void) => void) | undefined;
  /** What the TLS layer found, after it checked it against the client CA. */
  readonly clientCertificate?: ClientCertificate | undefined;
  /** As it came, for those that hand it on. Instead of `body()`, not beside it. */
  raw(): RawRequest;
}

export interface RawRequest {
  /** Path and query as they were sent, not decoded. */
  readonly target: string;
  /** Names and values as they were sent, in order, without HTTP/2's pseudo-headers. */
  readonly headers: readonly HeaderPair[];
  /** What the client called the server: the Host header or `:authority`. */
  readonly host: string;
  /** Undefined: the request has none. */
  readonly body: Readable | undefined;
  /** The client's address. */
  readonly remoteAddress: string | undefined;
}

export type HeaderPair = readonly [name: string, value: string];

export interface ClientCertificate {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** SHA-256 of the whole, in lower-case hex. */
  readonly fingerprint?: string;
}

export interface ApiResponse {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Texts of Warning headers, which kubectl shows to its user (RFC 7234, code 299). */
  readonly warnings?: readonly string[];
  readonly body: ResponseBody;
}

type ResponseBody = Buffer | readonly Buffer[] | PiecedBody | StreamBody | Readable;

/** A long body that is made piece by piece, as fast as the client takes it. */
export interface PiecedBody {
  /** Infinity: it is long, and how long will be known when it has been made. */
  readonly byteLength: number;
  /**
   * All of it in order, each piece in a buffer that `take` gives (any size above 0) and full but for
   * the last. Whoever iterates may write over a piece once it has asked for the next.
   */
  pieces(take: () => Buffer): Iterable<Buffer>;
}

/** Writes until it is done; the server ends the response when the promise settles. */
export type StreamBody = (sink: ByteSink) => Promise<void>;

export interface ByteSink {
  write(chunk: Buffer): void;
  /** Written, but not yet taken by the network. */
  pendingBytes(): number;
  /** Resolves when little waits for the network any more, or at `signal`: never rejects. */
  drained(): Promise<void>;
  /** The client went away, or the server closes. */
  readonly signal: AbortSignal;
}

export const EMPTY = Buffer.alloc(0);

export function textResponse(status: number, text: string): ApiResponse {
  return {
    status,
    contentType: 'text/plain; charset=utf-8',
    headers: { 'x-content-type-options': 'nosniff' },
    body: Buffer.from(text),
  };
}

export const pageNotFound = (): ApiResponse => textResponse(404, '404 page not found\n');
