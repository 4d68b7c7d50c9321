/**
 * What a controller has done that its informers do not show yet. Until they do, it makes and
 * deletes nothing more for the same key, so that a cache that lags never leads to a pod too many
 * or too few.
 *
 * An expectation that is not met within 5 minutes is given up: a missed event must not stop an
 * owner for ever.
 */
import type { Clock } from '../../base/clock.ts';

const TIMEOUT_MS = 300_000;

interface Expected {
  creations: number;
  readonly deletions: Set<string>;
  readonly sinceMs: number;
}

export class Expectations {
  readonly #clock: Clock;
  readonly #expected = new Map<string, Expected>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  satisfied(key: string): boolean {
    const expected = this.#expected.get(key);
    if (!expected) return true;
    if (expected.creations <= 0 && expected.deletions.size === 0) return true;
    return this.#clock.monotonic() - expected.sinceMs > TIMEOUT_MS;
  }

  /** Replaces what was expected for the key; call it before the first write. */
  expect(key: string, creations: number, deletedUids: readonly string[]): void {
    this.#expected.set(key, {
      creations,
      deletions: new Set(deletedUids),
      sinceMs: this.#clock.monotonic(),
    });
  }

  /** An informer showed a creation, or `count` of them failed or were not tried. */
  created(key: string, count = 1): void {
    const expected = this.#expected.get(key);
    if (expected) expected.creations -= count;
  }

  /** An informer showed the deletion (or its beginning), or it failed. */
  deleted(key: string, uid: string): void {
    this.#expected.get(key)?.deletions.delete(uid);
  }

  forget(key: string): void {
    this.#expected.delete(key);
  }
}
