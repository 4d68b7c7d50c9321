/**
 * What a watch stream has to send. Events go out at once, until BURST writes have been made faster
 * than one every COALESCE_MS; from then on those of COALESCE_MS go together. A write costs the same
 * for one event as for twenty (a TLS record, a system call), and with 200 watchers that is what a
 * server is busy with.
 *
 * Watchers that are sent the same chunks share the joined bytes.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { ByteSink } from '../request.ts';

/** Far below what a person or a controller notices. */
const COALESCE_MS = 5;
const BURST = 16;

export interface WatchOutboxOptions {
  readonly clock: Clock;
  /** What may wait for a slow client. */
  readonly maxBacklogBytes: number;
  /** More than that waits. Called with how much. */
  readonly onTooSlow: (pendingBytes: number) => void;
}

export class WatchOutbox {
  readonly #options: WatchOutboxOptions;
  #chunks: Buffer[] = [];
  #sink: ByteSink | undefined;
  /** Before `open`. */
  #earlyBytes = 0;
  /** When the writes made so far would all have been COALESCE_MS apart. */
  #paidUntilMs = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(options: WatchOutboxOptions) {
    this.#options = options;
  }

  /** Until then, chunks wait: a watch begins before its answer does. */
  open(sink: ByteSink): void {
    this.#sink = sink;
    this.flush();
  }

  /** Goes out with the next `send` or `flush`. */
  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    if (this.#sink) return;
    this.#earlyBytes += chunk.length;
    if (this.#earlyBytes > this.#options.maxBacklogBytes) this.#options.onTooSlow(this.#earlyBytes);
  }

  /** Sends what was added, now or within COALESCE_MS. */
  send(): void {
    if (!this.#sink || this.#timer || this.#chunks.length === 0) return;
    const { clock } = this.#options;
    const aheadMs = this.#paidUntilMs - clock.monotonic();
    if (aheadMs <= BURST * COALESCE_MS) this.flush();
    else this.#timer = clock.schedule(COALESCE_MS, () => this.flush());
  }

  /** Sends what was added at once. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const sink = this.#sink;
    const chunks = this.#chunks;
    if (!sink || chunks.length === 0) return;
    this.#chunks = [];
    this.#paidUntilMs = Math.max(this.#paidUntilMs, this.#options.clock.monotonic()) + COALESCE_MS;
    sink.write(joinShared(chunks));
    const pendingBytes = sink.pendingBytes();
    if (pendingBytes > this.#options.maxBacklogBytes) this.#options.onTooSlow(pendingBytes);
  }
}

interface Joined {
  readonly chunks: readonly Buffer[];
  readonly bytes: Buffer;
}

/** By first chunk: the last joining that began with it. */
const lastJoined = new WeakMap<Buffer, Joined>();

function joinShared(chunks: readonly Buffer[]): Buffer {
  const first = chunks[0] as Buffer;
  if (chunks.length === 1) return first;
  const known = lastJoined.get(first);
  if (known && known.chunks.length === chunks.length && chunks.every((c, i) => c === known.chunks[i]))
    return known.bytes;
  const bytes = Buffer.concat(chunks);
  lastJoined.set(first, { chunks, bytes });
  return bytes;
}
