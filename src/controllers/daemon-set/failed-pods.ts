/**
 * How long a failed pod of a daemon stays before it is deleted and made again: a node that refuses
 * every pod must not be asked at full speed. The first one goes at once, the next after 1 s, doubling
 * to 15 min; forgotten after half an hour. It keeps no timer: the caller says what time it is.
 */
const INITIAL_MS = 1000;
const MAX_MS = 15 * 60_000;
const FORGOTTEN_MS = 2 * MAX_MS;

interface Entry {
  readonly delayMs: number;
  readonly sinceMs: number;
}

export class FailedPods {
  readonly #entries = new Map<string, Entry>();

  /** How long to wait before asking again; 0: the pod may be deleted. */
  waitMs(key: string, nowMs: number): number {
    const entry = this.#entry(key, nowMs);
    return entry && nowMs - entry.sinceMs < entry.delayMs ? entry.delayMs : 0;
  }

  /** One is deleted now: the next one waits (longer). */
  deleted(key: string, nowMs: number): void {
    const before = this.#entry(key, nowMs);
    const delayMs = before ? Math.min(MAX_MS, before.delayMs * 2) : INITIAL_MS;
    this.#entries.set(key, { delayMs, sinceMs: nowMs });
  }

  /** Forgets all whose key starts so. */
  forget(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key);
  }

  #entry(key: string, nowMs: number): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry && nowMs - entry.sinceMs > FORGOTTEN_MS) this.#entries.delete(key);
    return this.#entries.get(key);
  }
}
