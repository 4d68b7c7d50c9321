/** Writes an answer to the socket: whole, in pieces without joining them, or as a stream. */
import { once } from 'node:events';
import type { Http2ServerResponse } from 'node:http2';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isPieced, JoinedBody, joined } from '../codec/list-body.ts';
import type { ApiResponse, PiecedBody } from '../request.ts';
import { COMPRESS_ABOVE_BYTES, takesGzip } from './compression.ts';
import { endOfTurn } from './end-of-turn.ts';
import { writeCompressed, writePieces } from './write-pieces.ts';

/** Up to here an answer is one write. */
const WHOLE_BYTES = 64 * 1024;

interface WriteOptions {
  /** The answer to HEAD. */
  readonly withoutBody: boolean;
  readonly acceptEncoding: string | undefined;
  readonly lifetime: { readonly signal: AbortSignal; readonly ended: boolean };
}

export async function writeResponse(
  response: Http2ServerResponse,
  answer: ApiResponse,
  options: WriteOptions,
): Promise<void> {
  response.statusCode = answer.status;
  if (answer.contentType !== undefined) response.setHeader('content-type', answer.contentType);
  response.setHeader('cache-control', 'no-cache, private');
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if (answer.warnings) response.setHeader('warning', answer.warnings.map(warningHeader));
  const { body } = answer;
  if (typeof body === 'function') {
    // Clients wait for the header of a watch, not for its first event.
    flushHeaders(response);
    await body({
      write: chunk => void (response as unknown as Writable).write(chunk),
      pendingBytes: () => response.writableLength,
      drained: () => drained(response, options.lifetime.signal),
      signal: options.lifetime.signal,
    });
    response.end();
  } else if (body instanceof Readable) {
    flushHeaders(response);
    await pipeline(body, response as unknown as Writable, { signal: options.lifetime.signal });
  } else await writeWhole(response, body, options);
}

async function writeWhole(
  response: Http2ServerResponse,
  body: Buffer | readonly Buffer[] | PiecedBody,
  { withoutBody, acceptEncoding, lifetime }: WriteOptions,
): Promise<void> {
  const pieced = isPieced(body) ? body : new JoinedBody(Buffer.isBuffer(body) ? [body] : body);
  const length = pieced.byteLength;
  if (length > COMPRESS_ABOVE_BYTES && takesGzip(acceptEncoding)) {
    response.setHeader('content-encoding', 'gzip');
    const vary = response.getHeader('vary');
    response.setHeader('vary', vary === undefined ? 'Accept-Encoding' : `Accept-Encoding, ${vary}`);
    if (withoutBody) response.end();
    else await writeCompressed(response, pieced, lifetime.signal);
    return;
  }
  response.setHeader('content-length', length);
  if (withoutBody) response.end();
  else if (length > WHOLE_BYTES) await writePieces(response, pieced, lifetime.signal);
  else {
    const bytes = Buffer.isBuffer(body) ? body : isPieced(body) ? joined(body) : Buffer.concat(body);
    await endOfTurn();
    if (!lifetime.ended) response.end(bytes);
  }
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
