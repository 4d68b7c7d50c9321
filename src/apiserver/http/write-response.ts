/** Writes an answer to the socket: whole, in pieces without joining them, or as a stream. */
import { once } from 'node:events';
import type { Http2ServerResponse } from 'node:http2';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { bodyLength } from '../codec/body-length.ts';
import { isPieced, JoinedBody, joined } from '../codec/list-body.ts';
import type { ApiResponse, PiecedBody, StreamBody } from '../request.ts';
import { COMPRESS_ABOVE_BYTES, takesGzip } from './compression.ts';
import { endOfTurn } from './end-of-turn.ts';
import { writeCompressed, writePieces } from './write-pieces.ts';

/** Up to here an answer is one write. */
const WHOLE_BYTES = 64 * 1024;

type Headers = Record<string, string | string[] | number>;

interface WriteOptions {
  /** The answer to HEAD. */
  readonly withoutBody: boolean;
  readonly acceptEncoding: string | undefined;
  /** Of the request: clients write it into their logs. */
  readonly auditId: string;
  readonly lifetime: { readonly signal: AbortSignal; readonly ended: boolean };
}

export function writeResponse(
  response: Http2ServerResponse,
  answer: ApiResponse,
  options: WriteOptions,
): Promise<void> {
  const { body } = answer;
  if (typeof body === 'function' || body instanceof Readable)
    return writeStream(response, answer, body, options);
  return writeWhole(response, answer, body, options);
}

async function writeStream(
  response: Http2ServerResponse,
  answer: ApiResponse,
  body: StreamBody | Readable,
  { auditId, lifetime: { signal } }: WriteOptions,
): Promise<void> {
  response.writeHead(answer.status, headersOf(answer, auditId));
  // Clients wait for the header of a watch, not for its first event.
  flushHeaders(response);
  if (body instanceof Readable) return pipeline(body, response as unknown as Writable, { signal });
  await body({
    write: chunk => void (response as unknown as Writable).write(chunk),
    pendingBytes: () => response.writableLength,
    drained: () => drained(response, signal),
    signal,
  });
  response.end();
}

async function writeWhole(
  response: Http2ServerResponse,
  answer: ApiResponse,
  body: Buffer | readonly Buffer[] | PiecedBody,
  { withoutBody, acceptEncoding, auditId, lifetime }: WriteOptions,
): Promise<void> {
  const headers = headersOf(answer, auditId);
  const length = bodyLength(body) ?? 0;
  const compressed = length > COMPRESS_ABOVE_BYTES && takesGzip(acceptEncoding);
  if (compressed) {
    headers['content-encoding'] = 'gzip';
    const { vary } = headers;
    headers['vary'] = vary === undefined ? 'Accept-Encoding' : `Accept-Encoding, ${vary}`;
  } else if (Number.isFinite(length)) headers['content-length'] = length;
  if (withoutBody) {
    response.writeHead(answer.status, headers);
    response.end();
  } else if (length > WHOLE_BYTES) {
    response.writeHead(answer.status, headers);
    const pieced = isPieced(body) ? body : new JoinedBody(Buffer.isBuffer(body) ? [body] : body);
    if (compressed) await writeCompressed(response, pieced, lifetime.signal);
    else await writePieces(response, pieced, lifetime.signal);
  } else {
    const bytes = Buffer.isBuffer(body) ? body : isPieced(body) ? joined(body) : Buffer.concat(body, length);
    await endOfTurn();
    if (lifetime.ended) return;
    response.writeHead(answer.status, headers);
    response.end(bytes);
  }
}

/** All at once, in an object: headers that are set one by one cost twice as much. */
function headersOf({ contentType, headers, warnings }: ApiResponse, auditId: string): Headers {
  const all: Headers = { 'audit-id': auditId };
  if (contentType !== undefined) all['content-type'] = contentType;
  all['cache-control'] = 'no-cache, private';
  for (const name in headers) all[name] = headers[name] as string | string[];
  if (warnings) all['warning'] = warnings.map(warningHeader);
  return all;
}

/** Sends the header now. Both kinds of Node response can; the HTTP/2 one's types do not say so. */
function flushHeaders(response: Http2ServerResponse): void {
  (response as unknown as { flushHeaders(): void }).flushHeaders();
}

async function drained(response: Http2ServerResponse, signal: AbortSignal): Promise<void> {
  if (!(response as unknown as Writable).writableNeedDrain || signal.aborted) return;
  await once(response, 'drain', { signal }).catch(() => {});
}

/** RFC 7234: code 299, no agent, a quoted text without control characters. */
function warningHeader(text: string): string {
  const printable = Array.from(text, c => (c >= ' ' && c !== '\u007f' ? c : '')).join('');
  return `299 - "${printable.replace(/[\\"]/g, c => `\\${c}`)}"`;
}
