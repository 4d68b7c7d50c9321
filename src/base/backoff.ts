/**
 * Exponential backoff with jitter: how long to wait before trying again. Units: milliseconds.
 *
 * Jitter only ever lengthens a delay, by at most `jitter` times it, so that many clients that
 * failed together do not come back together and none comes back earlier than was asked.
 */
import type { Random } from './random.ts';

export interface BackoffOptions {
  /** The first delay (above 0). */
  readonly baseMs: number;
  /** No delay is longer than this, jitter left aside. */
  readonly maxMs: number;
  /** Each delay is this many times the one before. Absent: 2. */
  readonly factor?: number;
  /** The longest extra, as a share of the delay (0 or more). Absent: 0.1. */
  readonly jitter?: number;
}

/** The delay after `failures` earlier failures in a row (0: the first delay). */
export function backoffDelay(options: BackoffOptions, failures: number, random: Random): number {
  const { baseMs, maxMs, factor = 2, jitter = 0.1 } = options;
  const delay = Math.min(maxMs, baseMs * factor ** failures);
  return delay * (1 + jitter * random.next());
}

/** Backoff of one thing that is tried again and again. */
export class Backoff {
  #failures = 0;
  readonly #options: BackoffOptions;
  readonly #random: Random;

  constructor(options: BackoffOptions, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  /** The delay before the next attempt; counts a failure. */
  next(): number {
    return backoffDelay(this.#options, this.#failures++, this.#random);
  }

  /** Forgets the failures: it worked. */
  reset(): void {
    this.#failures = 0;
  }
}

/**
 * A token bucket: `burst` calls at once, then one every `1000 / perSecond` milliseconds. It keeps
 * no timer; the caller says what time it is (Clock.monotonic).
 */
export class TokenBucket {
  #tokens: number;
  #lastMs: number;
  readonly #burst: number;
  readonly #perSecond: number;

  constructor(options: { readonly burst: number; readonly perSecond: number; readonly nowMs: number }) {
    this.#burst = options.burst;
    this.#perSecond = options.perSecond;
    this.#tokens = options.burst;
    this.#lastMs = options.nowMs;
  }

  /** Takes a token; false when there is none. */
  tryTake(nowMs: number): boolean {
    const elapsedMs = Math.max(0, nowMs - this.#lastMs);
    this.#tokens = Math.min(this.#burst, this.#tokens + (elapsedMs / 1000) * this.#perSecond);
    this.#lastMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
