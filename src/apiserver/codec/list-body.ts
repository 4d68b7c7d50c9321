/**
 * A list in JSON: the cached bytes of its items, copied straight into the pieces that go to the
 * client. Nothing of the length of the list is allocated, so 50,000 pods cost no more memory than 50.
 *
 * Refused alternative: one buffer of all. It was a third of the time of a large list (its pages are
 * new to the process each time), and nobody else had a turn meanwhile.
 */
import type { CachedObject } from '../cache/contract.ts';
import type { PiecedBody } from '../request.ts';
import { Filler } from './filler.ts';

const CLOSE = Buffer.from(']}\n');
const COMMA_OPEN = Buffer.from(',{');
const OPEN = Buffer.from('{');
/** To begin with, where nobody knows how much there will be. */
const UNKNOWN_BYTES = 64 * 1024;

export class JsonListBody implements PiecedBody {
  readonly byteLength: number;
  readonly #head: Buffer;
  readonly #items: readonly CachedObject[];

  /** `head`: the list's object without its last brace, such as `{"kind":"PodList","metadata":{}`. */
  constructor(head: string, items: readonly CachedObject[]) {
    this.#head = Buffer.from(`${head},"items":[`);
    this.#items = items;
    // Each item gets its brace, and all but one a comma.
    let length = this.#head.length + CLOSE.length + Math.max(0, items.length - 1);
    for (const { bytes, itemStart } of items) length += bytes.length - itemStart + 1;
    this.byteLength = length;
  }

  *pieces(take: () => Buffer): Iterable<Buffer> {
    const out = new Filler(take);
    yield* out.add(this.#head, 0);
    let separator = OPEN;
    for (const { bytes, itemStart } of this.#items) {
      if (!out.fits(bytes, itemStart, bytes.length, separator)) {
        yield* out.add(separator, 0);
        yield* out.add(bytes, itemStart);
      }
      separator = COMMA_OPEN;
    }
    yield* out.add(CLOSE, 0);
    yield* out.rest();
  }
}

/** Chunks that exist already, such as the messages of a list in protobuf. */
export class JoinedBody implements PiecedBody {
  readonly byteLength: number;
  readonly #chunks: readonly Buffer[];

  constructor(chunks: readonly Buffer[]) {
    this.#chunks = chunks;
    this.byteLength = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  *pieces(take: () => Buffer): Iterable<Buffer> {
    const out = new Filler(take);
    for (const chunk of this.#chunks) if (!out.fits(chunk, 0, chunk.length)) yield* out.add(chunk, 0);
    yield* out.rest();
  }
}

export function isPieced(body: object): body is PiecedBody {
  return 'pieces' in body;
}

/** The whole body in one buffer. */
export function joined(body: PiecedBody): Buffer {
  const size = Number.isFinite(body.byteLength) ? Math.max(1, body.byteLength) : UNKNOWN_BYTES;
  const pieces = [...body.pieces(() => Buffer.allocUnsafe(size))];
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
}
