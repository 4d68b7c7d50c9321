/** Waiting until the feed has passed a revision. */
import type { Clock, Timer } from '../../base/clock.ts';
import { type Revision, StoreIoError } from '../contract.ts';

interface Waiting {
  readonly at: Revision;
  readonly resolve: () => void;
  readonly reject: (cause: Error) => void;
}

/** Those who wait for a revision, each with a time limit of its own. */
export class Milestones {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();
  #passed: Revision;
  #failure: Error | undefined;

  constructor(clock: Clock, passed: Revision) {
    this.#clock = clock;
    this.#passed = passed;
  }

  /** @throws StoreIoError when it takes longer than `timeoutMs`; what `fail` was called with */
  async reached(at: Revision, timeoutMs: number): Promise<void> {
    if (at <= this.#passed) return;
    if (this.#failure) throw this.#failure;
    let timer: Timer | undefined;
    let waiting: Waiting | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        waiting = { at, resolve, reject };
        this.#waiting.add(waiting);
        timer = this.#clock.schedule(timeoutMs, () => {
          reject(
            new StoreIoError(
              `Cannot tell of the write at revision ${at}: it was done, but etcd has not shown it for ${timeoutMs / 1000} s`,
            ),
          );
        });
      });
    } finally {
      timer?.cancel();
      if (waiting) this.#waiting.delete(waiting);
    }
  }

  /** Everything up to `at` has been seen. */
  pass(at: Revision): void {
    this.#passed = at;
    for (const waiting of this.#waiting) {
      if (waiting.at > at) continue;
      // Removed at once: it wakes up later.
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }

  /** Whoever waits, and whoever comes, is told. */
  fail(cause: Error): void {
    this.#failure = cause;
    for (const waiting of this.#waiting) waiting.reject(cause);
    this.#waiting.clear();
  }
}
