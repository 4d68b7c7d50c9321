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
  readonly #round: Round;
  #waits = false;

  constructor(options: WatchOutboxOptions) {
    this.#options = options;
    this.#round = roundOf(options.clock);
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
    if (!this.#sink || this.#waits || this.#chunks.length === 0) return;
    const aheadMs = this.#paidUntilMs - this.#options.clock.monotonic();
    if (aheadMs <= BURST * COALESCE_MS) this.flush();
    else {
      this.#waits = true;
      this.#round.join(this);
    }
  }

  /** Sends what was added at once. */
  flush(): void {
    if (this.#waits) this.#round.leave(this);
    this.#waits = false;
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

/** Outboxes that wait for the same moment: one timer for all of them. */
class Round {
  readonly #waiting = new Set<WatchOutbox>();
  #timer: Timer | undefined;

  constructor(private readonly clock: Clock) {}

  join(outbox: WatchOutbox): void {
    this.#waiting.add(outbox);
    this.#timer ??= this.clock.schedule(COALESCE_MS, () => this.#end());
  }

  leave(outbox: WatchOutbox): void {
    if (!this.#waiting.delete(outbox) || this.#waiting.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #end(): void {
    this.#timer = undefined;
    const outboxes = [...this.#waiting];
    this.#waiting.clear();
    for (const outbox of outboxes) outbox.flush();
  }
}

const rounds = new WeakMap<Clock, Round>();

function roundOf(clock: Clock): Round {
  let round = rounds.get(clock);
  if (!round) {
    round = new Round(clock);
    rounds.set(clock, round);
  }
  return round;
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
