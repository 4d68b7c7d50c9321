/**
 * A list in JSON: the cached bytes of its items, copied straight into the pieces that go to the
 * client. Nothing of the length of the list is allocated, so 50,000 pods cost no more memory than 50.
 *
 * Refused alternative: one buffer of all. It was a third of the time of a large list (its pages are
 * new to the process each time), and nobody else had a turn meanwhile.
 */
import type { CachedObject } from '../cache/contract.ts';
import type { PiecedBody } from '../request.ts';

const CLOSE = Buffer.from(']}\n');
const COMMA_OPEN = Buffer.from(',{');
const OPEN = Buffer.from('{');

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
      if (!out.fits(bytes, itemStart, separator)) {
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
    for (const chunk of this.#chunks) if (!out.fits(chunk, 0)) yield* out.add(chunk, 0);
    yield* out.rest();
  }
}

export function isPieced(body: object): body is PiecedBody {
  return 'pieces' in body;
}

/** The whole body in one buffer. */
export function joined(body: PiecedBody): Buffer {
  const [whole] = body.pieces(() => Buffer.allocUnsafe(Math.max(1, body.byteLength)));
  return whole ?? Buffer.alloc(0);
}

class Filler {
  readonly #take: () => Buffer;
  #piece: Buffer;
  #used = 0;

  constructor(take: () => Buffer) {
    this.#take = take;
    this.#piece = take();
  }

  /** Adds both if they fit, which most do, and needs no generator for it. */
  fits(bytes: Buffer, start: number, before?: Buffer): boolean {
    let used = this.#used;
    const extra = before?.length ?? 0;
    if (used + extra + bytes.length - start > this.#piece.length) return false;
    // A byte or two: cheaper one by one than by a call out of JavaScript.
    for (let i = 0; i < extra; i++) this.#piece[used++] = before?.[i] as number;
    bytes.copy(this.#piece, used, start);
    this.#used = used + bytes.length - start;
    return true;
  }

  *add(bytes: Buffer, start: number): Iterable<Buffer> {
    let from = start;
    while (from < bytes.length) {
      if (this.#used === this.#piece.length) {
        yield this.#piece;
        this.#piece = this.#take();
        this.#used = 0;
      }
      const copied = bytes.copy(this.#piece, this.#used, from);
      this.#used += copied;
      from += copied;
    }
  }

  *rest(): Iterable<Buffer> {
    if (this.#used > 0) yield this.#piece.subarray(0, this.#used);
  }
}
