/**
 * How long a container that keeps ending must wait: the first restart is at once, then 10 s,
 * doubling to 5 min, forgotten after ten minutes of running well. Also used for image pulls.
 *
 * It keeps no timer: `remaining` is asked with the time. Limits: entries of a pod are dropped
 * with the pod.
 */
const INITIAL_MS = 10_000;
const MAX_MS = 300_000;
const RESET_MS = 2 * MAX_MS;

interface Entry {
  delayMs: number;
  /** The failure the delay counts from, ms since the epoch. */
  sinceMs: number;
}

export class RestartBackoff {
  readonly #entries = new Map<string, Entry>();

  /** Milliseconds to wait at `nowMs` after the failure at `failedAtMs`; 0: go on. */
  remaining(key: string, failedAtMs: number, nowMs: number): number {
    const entry = this.#entries.get(key);
    if (!entry || isForgotten(entry, failedAtMs)) return 0;
    return Math.max(0, failedAtMs + entry.delayMs - nowMs);
  }

  /** The whole delay that is in force; 0 when there is none. */
  delay(key: string): number {
    return this.#entries.get(key)?.delayMs ?? 0;
  }

  /** Counts an attempt after the failure at `failedAtMs`: the next one waits (longer). */
  next(key: string, failedAtMs: number): void {
    const entry = this.#entries.get(key);
    if (!entry || isForgotten(entry, failedAtMs)) {
      this.#entries.set(key, { delayMs: INITIAL_MS, sinceMs: failedAtMs });
      return;
    }
    entry.delayMs = Math.min(MAX_MS, entry.delayMs * 2);
    entry.sinceMs = failedAtMs;
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }

  forgetPrefix(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key);
  }
}

const isForgotten = (entry: Entry, failedAtMs: number) =>
  failedAtMs - entry.sinceMs > entry.delayMs + RESET_MS;
