import { Readable } from 'node:stream';
import type { ApiResponse } from '../request.ts';
import { isPieced } from './list-body.ts';

/** Bytes of an answer's body; undefined for streams, of which nobody knows. */
export function bodyLength(body: ApiResponse['body']): number | undefined {
  if (Buffer.isBuffer(body)) return body.length;
  if (typeof body === 'function' || body instanceof Readable) return undefined;
  if (isPieced(body)) return body.byteLength;
  let length = 0;
  for (const chunk of body) length += chunk.length;
  return length;
}
