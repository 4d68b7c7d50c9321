/** The longest that one UTF-16 code unit becomes. */
const MOST_UTF8_BYTES = 3;

/** Puts bytes and text one after the other into the pieces that `take` gives, full but for the last. */
export class Filler {
  readonly #take: () => Buffer;
  #piece: Buffer;
  #used = 0;

  constructor(take: () => Buffer) {
    this.#take = take;
    this.#piece = take();
  }

  /** Adds both if they fit, which most do, and needs no generator for it. */
  fits(bytes: Buffer, start: number, end: number, before?: Buffer): boolean {
    let used = this.#used;
    const extra = before?.length ?? 0;
    if (used + extra + end - start > this.#piece.length) return false;
    // A byte or two: cheaper one by one than by a call out of JavaScript.
    for (let i = 0; i < extra; i++) this.#piece[used++] = before?.[i] as number;
    bytes.copy(this.#piece, used, start, end);
    this.#used = used + end - start;
    return true;
  }

  /** Adds `text` if it fits whatever is in it. */
  fitsText(text: string): boolean {
    if (this.#used + text.length * MOST_UTF8_BYTES > this.#piece.length) return false;
    this.#used += this.#piece.write(text, this.#used);
    return true;
  }

  *add(bytes: Buffer, start: number, end = bytes.length): Iterable<Buffer> {
    let from = start;
    while (from < end) {
      if (this.#used === this.#piece.length) {
        yield this.#piece;
        this.#piece = this.#take();
        this.#used = 0;
      }
      const copied = bytes.copy(this.#piece, this.#used, from, end);
      this.#used += copied;
      from += copied;
    }
  }

  *rest(): Iterable<Buffer> {
    if (this.#used > 0) yield this.#piece.subarray(0, this.#used);
  }
}
