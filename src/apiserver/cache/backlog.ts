/**
 * What a slow watcher has not taken yet, bounded in bytes. Sits between a cache watch, which
 * never waits, and a stream, which may: while the stream takes bytes they go straight through;
 * while it does not they are held here; beyond the limit the watcher is given up, so that it
 * costs the server no more memory. Its client resumes with the last version it saw.
 *
 * Held pieces are references to lines that all watchers share, so 200 slow watchers of one
 * resource hold them once; `maxBytes` bounds what must still be sent, whoever shares it.
 */
interface ByteSink {
  /** Takes `chunk` in any case; false: call Backlog.drained before more is written. */
  write(chunk: Buffer): boolean;
}

export interface BacklogOptions {
  readonly sink: ByteSink;
  readonly maxBytes: number;
  /** Called once; nothing is written any more. End the stream without an error frame. */
  readonly onOverflow: (heldBytes: number) => void;
}

export class Backlog {
  readonly #options: BacklogOptions;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #blocked = false;
  #ended = false;

  constructor(options: BacklogOptions) {
    this.#options = options;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Writes `chunk` now or when the sink has drained. Does nothing after the end. */
  push(chunk: Buffer): void {
    if (this.#ended) return;
    if (!this.#blocked) {
      this.#blocked = !this.#options.sink.write(chunk);
      return;
    }
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes > this.#options.maxBytes) {
      const bytes = this.#heldBytes;
      this.end();
      this.#options.onOverflow(bytes);
    }
  }

  /** The sink takes bytes again (a stream's 'drain' event). */
  drained(): void {
    this.#blocked = false;
    if (this.#ended || this.#held.length === 0) return;
    const chunk = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    this.#blocked = !this.#options.sink.write(chunk);
  }

  /** Drops what is held. */
  end(): void {
    this.#ended = true;
    this.#held = [];
    this.#heldBytes = 0;
  }
}
