/**
 * Keeps a chain of promises from holding the event loop: work that goes from one resolved promise
 * to the next never lets sockets, timers or other processes' answers in. Who works in a loop asks
 * `turn()` between two pieces; once `sliceMs` have passed since the last turn, it waits for one.
 *
 * Under a virtual clock no time passes between pieces, so nothing changes for tests.
 */
import type { Clock } from './clock.ts';

export class TimeSlice {
  readonly #clock: Clock;
  readonly #sliceMs: number;
  #sinceMs: number;

  constructor(clock: Clock, sliceMs = 10) {
    this.#clock = clock;
    this.#sliceMs = sliceMs;
    this.#sinceMs = clock.monotonic();
  }

  /** Undefined: go on at once. */
  turn(): Promise<void> | undefined {
    if (this.#clock.monotonic() - this.#sinceMs < this.#sliceMs) return undefined;
    return new Promise(resolve => {
      setImmediate(() => {
        this.#sinceMs = this.#clock.monotonic();
        resolve();
      });
    });
  }
}
