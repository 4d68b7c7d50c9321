/** Writes an answer to the socket: whole, in pieces without joining them, or as a stream. */
import type { Http2ServerResponse } from 'node:http2';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ApiResponse } from '../request.ts';

export async function writeResponse(
  response: Http2ServerResponse,
  answer: ApiResponse,
  options: { readonly withoutBody: boolean; readonly lifetime: { readonly signal: AbortSignal } },
): Promise<void> {
  response.statusCode = answer.status;
  if (answer.contentType !== undefined) response.setHeader('content-type', answer.contentType);
  response.setHeader('cache-control', 'no-cache, private');
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if (answer.warnings) response.setHeader('warning', answer.warnings.map(warningHeader));
  const { body } = answer;
  if (typeof body === 'function') {
    // Clients wait for the header of a watch, not for its first event.
    response.writeHead(answer.status);
    await body({
      write: chunk => void (response as unknown as Writable).write(chunk),
      pendingBytes: () => response.writableLength,
      signal: options.lifetime.signal,
    });
    response.end();
  } else if (body instanceof Readable) {
    await pipeline(body, response as unknown as Writable, { signal: options.lifetime.signal });
  } else {
    const chunks = Buffer.isBuffer(body) ? [body] : (body as readonly Buffer[]);
    const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    response.setHeader('content-length', bytes.length);
    if (options.withoutBody) response.end();
    else response.end(bytes);
  }
}

/** RFC 7234: code 299, no agent, a quoted text without control characters. */
function warningHeader(text: string): string {
  const printable = Array.from(text, c => (c >= ' ' && c !== '\u007f' ? c : '')).join('');
  return `299 - "${printable.replace(/[\\"]/g, c => `\\${c}`)}"`;
}
