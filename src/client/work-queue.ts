/**
 * A queue of keys to work on, as client-go's work queue behaves.
 *
 * Guarantees:
 * - A key is in the queue at most once; adding it again while it waits changes nothing.
 * - A key is never worked on twice at the same time. Added while it is worked on, it is worked
 *   on once more afterwards: no change is missed.
 * - First in, first out. A key with a delay joins the end when the delay is over; of two delays
 *   the earlier one wins, and adding without delay leaves the timer to fire in vain.
 * - A rejected handler puts its key back with exponential backoff and jitter; success forgets
 *   the failures.
 *
 * Limits: `workers` handlers run at once. Handlers start in a microtask of their own, so that
 * the additions of one batch of events come together first. However much there is to do, the
 * event loop gets a turn every 10 ms.
 */
import { type BackoffOptions, backoffDelay } from '../base/backoff.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { TimeSlice } from '../base/time-slice.ts';

export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Absent: 5 ms doubling up to 1,000 s, upstream's for controllers. */
  readonly backoff?: BackoffOptions;
}

export interface WorkOptions<K> {
  readonly signal: AbortSignal;
  /** How many keys are worked on at once (1 or more). Absent: 1. */
  readonly workers?: number;
  /** Told of each failure before the key is put back; `failures` counts those in a row. */
  readonly onError?: (key: K, error: unknown, failures: number) => void;
}

/** What a handler may answer: look at this key again after so many milliseconds. */
export interface WorkResult {
  readonly requeueAfterMs?: number | undefined;
}

const DEFAULT_BACKOFF: BackoffOptions = { baseMs: 5, maxMs: 1_000_000 };

export class WorkQueue<K extends string = string> {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #backoff: BackoffOptions;
  readonly #waiting = new Set<K>();
  readonly #active = new Set<K>();
  /** Added while active: wait for the handler to finish. */
  readonly #again = new Set<K>();
  readonly #delayed = new Map<K, { readonly dueMs: number; readonly timer: Timer }>();
  readonly #failures = new Map<K, number>();
  #wake: () => void = () => {};
  #closed = false;

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#backoff = options.backoff ?? DEFAULT_BACKOFF;
  }

  /** Keys that wait for a worker, not counting delayed ones. */
  get length(): number {
    return this.#waiting.size + this.#again.size;
  }

  /** True when nothing waits and nothing is worked on; delayed keys are not counted. */
  get idle(): boolean {
    return this.#waiting.size === 0 && this.#active.size === 0;
  }

  add(key: K): void {
    if (this.#closed) return;
    if (this.#active.has(key)) {
      this.#again.add(key);
      return;
    }
    this.#waiting.add(key);
    this.#wake();
  }

  addAfter(key: K, delayMs: number): void {
    if (this.#closed) return;
    if (delayMs <= 0) return this.add(key);
    const dueMs = this.#clock.monotonic() + delayMs;
    const earlier = this.#delayed.get(key);
    if (earlier && earlier.dueMs <= dueMs) return;
    earlier?.timer.cancel();
    const timer = this.#clock.schedule(delayMs, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { dueMs, timer });
  }

  /** Adds the key after its backoff, which grows with each call until `forget`. */
  addRateLimited(key: K): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.addAfter(key, backoffDelay(this.#backoff, failures, this.#random));
  }

  /** Forgets the key's failures. */
  forget(key: K): void {
    this.#failures.delete(key);
  }

  failures(key: K): number {
    return this.#failures.get(key) ?? 0;
  }

  /**
   * Works until `signal` is aborted; resolves when the handlers under way have finished. Keys
   * that still wait then are dropped. Call it once.
   */
  async run(handle: (key: K) => Promise<WorkResult | void>, options: WorkOptions<K>): Promise<void> {
    const { signal, workers = 1, onError } = options;
    const running = new Set<Promise<void>>();
    const slice = new TimeSlice(this.#clock);
    const work = async (key: K) => {
      try {
        const result = await handle(key);
        this.#failures.delete(key);
        if (result?.requeueAfterMs !== undefined) this.addAfter(key, result.requeueAfterMs);
      } catch (error) {
        onError?.(key, error, this.failures(key) + 1);
        this.addRateLimited(key);
      }
      this.#active.delete(key);
      if (this.#again.delete(key)) this.#waiting.add(key);
    };
    const stop = () => this.#wake();
    signal.addEventListener('abort', stop, { once: true });
    while (!signal.aborted) {
      while (running.size < workers && this.#waiting.size > 0) {
        const turn = slice.turn();
        if (turn) await turn;
        if (signal.aborted || this.#waiting.size === 0) break;
        const key = first(this.#waiting);
        this.#waiting.delete(key);
        this.#active.add(key);
        const done = Promise.resolve(key)
          .then(work)
          .finally(() => {
            running.delete(done);
            this.#wake();
          });
        running.add(done);
      }
      await new Promise<void>(resolve => {
        this.#wake = resolve;
        if (signal.aborted || (running.size < workers && this.#waiting.size > 0)) resolve();
      });
    }
    signal.removeEventListener('abort', stop);
    this.#close();
    await Promise.all(running);
  }

  #close(): void {
    this.#closed = true;
    for (const { timer } of this.#delayed.values()) timer.cancel();
    this.#delayed.clear();
    this.#waiting.clear();
    this.#again.clear();
  }
}

function first<K>(set: ReadonlySet<K>): K {
  for (const key of set) return key;
  throw new Error('Cannot take from an empty set');
}
