/**
 * Writes a long body piece by piece: the next one is made when the client has taken the last, so a
 * slow client costs two pieces of memory, and others have their turn between any two.
 */
import type { Http2ServerResponse } from 'node:http2';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import type { PiecedBody } from '../request.ts';

/** Large enough that a system call a piece costs little, small enough that encrypting one takes 0.2 ms. */
const PIECE_BYTES = 256 * 1024;
/** Pieces that are kept between answers. */
const MAX_KEPT = 16;

const kept: Buffer[] = [];

/** @throws Error when the client goes away */
export async function writePieces(
  response: Http2ServerResponse,
  body: PiecedBody,
  signal: AbortSignal,
): Promise<void> {
  const out = response as unknown as Writable;
  let current: Buffer = Buffer.alloc(0);
  const take = () => {
    current = kept.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES);
    return current;
  };
  for (const piece of body.pieces(take)) {
    const used = current;
    // Given back once it is encrypted. After an error it may still be in use: it is left to the collector.
    await written(out, piece, signal);
    if (kept.length < MAX_KEPT) kept.push(used);
  }
  out.end();
}

/** The mark of the socket tells nothing here: it is above a piece (high-water-mark.ts). */
function written(out: Writable, piece: Buffer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(signal.reason as Error);
    if (signal.aborted) {
      gone();
      return;
    }
    signal.addEventListener('abort', gone, { once: true });
    out.write(piece, error => {
      signal.removeEventListener('abort', gone);
      if (error) reject(error);
      else resolve();
    });
  });
}

export async function writeCompressed(
  response: Http2ServerResponse,
  body: PiecedBody,
  signal: AbortSignal,
): Promise<void> {
  const pieces = Readable.from(
    body.pieces(() => Buffer.allocUnsafe(PIECE_BYTES)),
    { objectMode: false, highWaterMark: PIECE_BYTES },
  );
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  await pipeline(pieces, gzip, response as unknown as Writable, { signal });
}
