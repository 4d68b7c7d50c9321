/**
 * Time, injected. No component calls Date.now, setTimeout or setInterval itself: it is given a
 * Clock, so that a test under the virtual clock (src/testing/virtual-clock.ts) lives a day in
 * milliseconds and a failing run can be played again.
 */
export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds of a clock that never goes back; only differences mean something. */
  monotonic(): number;
  /** Calls `callback` once, `delayMs` (0 or more, milliseconds) from now. */
  schedule(delayMs: number, callback: () => void): Timer;
}

export interface Timer {
  /** Cancels the call; does nothing when it has been made or cancelled already. */
  cancel(): void;
}

/** The longest delay Node's timers take; longer ones would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(delayMs, callback) {
    let cancelled = false;
    let handle: NodeJS.Timeout;
    const arm = (left: number) => {
      const step = Math.min(Math.max(0, left), MAX_DELAY_MS);
      handle = setTimeout(() => (left > step ? arm(left - step) : cancelled || callback()), step);
    };
    arm(delayMs);
    return {
      cancel: () => {
        cancelled = true;
        clearTimeout(handle);
      },
    };
  },
};

/** Resolves after `delayMs` milliseconds, or at once when `signal` is aborted: never rejects. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted) return resolve();
    const done = () => {
      timer.cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.schedule(delayMs, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** RFC 3339 in seconds, as metav1.Time is on the wire: 2026-01-31T12:00:00Z. */
export function rfc3339(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds !== lastSeconds) {
    lastText = `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
    lastSeconds = seconds;
  }
  return lastText;
}

/** Most calls of a busy server are of the same second as the one before. */
let lastSeconds = Number.NaN;
let lastText = '';

/** RFC 3339 with six decimals, as metav1.MicroTime is on the wire. */
export function rfc3339Micro(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`;
}
