/**
 * The newest events, kept so that a watch from a short while ago needs no look into etcd: after a
 * restart every client resumes from about the same revision.
 */
import type { Revision, StoreEvent } from '../contract.ts';

/** Bounded in events (4,096) and in bytes of their values (8 MiB); the oldest go first. */
export class RecentEvents {
  /** Every event after this one is here. */
  since: Revision;
  #events: StoreEvent[] = [];
  #bytes = 0;
  readonly #maxEvents: number;
  readonly #maxBytes: number;

  constructor(since: Revision, { maxEvents = 4096, maxBytes = 8 * 1024 * 1024 } = {}) {
    this.since = since;
    this.#maxEvents = maxEvents;
    this.#maxBytes = maxBytes;
  }

  push(event: StoreEvent): void {
    this.#events.push(event);
    this.#bytes += event.value.length;
    let drop = 0;
    while (this.#events.length - drop > this.#maxEvents || this.#bytes > this.#maxBytes) {
      const oldest = this.#events[drop++] as StoreEvent;
      this.#bytes -= oldest.value.length;
      this.since = oldest.revision;
    }
    if (drop > 0) this.#events.splice(0, drop);
  }

  /** `from` not before `since`. */
  after(from: Revision): readonly StoreEvent[] {
    let start = this.#events.length;
    while (start > 0 && (this.#events[start - 1] as StoreEvent).revision > from) start--;
    return this.#events.slice(start);
  }

  /** Forgets all: what comes next comes after `since`. */
  reset(since: Revision): void {
    this.since = since;
    this.#events = [];
    this.#bytes = 0;
  }
}
