/**
 * The newest events, bounded in number and bytes, for watches that resume from the recent past
 * and for lists at a recent revision. What falls out is still in the store's history.
 *
 * Bytes are those of the objects an event keeps alive; its line, made on demand, counts as much
 * again.
 */
import type { Revision } from '../../store/contract.ts';
import type { CacheEvent } from './contract.ts';

export interface RingLimits {
  /** 1 or more. */
  readonly maxEvents: number;
  readonly maxBytes: number;
}

export class EventRing {
  readonly #limits: RingLimits;
  /** Oldest first from #head on; what is before #head has fallen out. */
  #events: CacheEvent[] = [];
  #head = 0;
  #bytes = 0;
  /** Every event after this revision is here. */
  #since: Revision;

  constructor(limits: RingLimits, since: Revision) {
    this.#limits = limits;
    this.#since = since;
  }

  /** Events after this revision can be given; older ones cannot. */
  get since(): Revision {
    return this.#since;
  }

  push(event: CacheEvent): void {
    this.#events.push(event);
    this.#bytes += weigh(event);
    while (
      this.#length > this.#limits.maxEvents ||
      (this.#bytes > this.#limits.maxBytes && this.#length > 0)
    ) {
      const oldest = this.#events[this.#head] as CacheEvent;
      this.#head++;
      this.#bytes -= weigh(oldest);
      this.#since = oldest.revision;
    }
    // Moved once in a while, not for each event: amortised constant time.
    if (this.#head > 64 && this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Events after `from`, oldest first. `from` must not be older than `since`. */
  after(from: Revision): readonly CacheEvent[] {
    let low = this.#head;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle] as CacheEvent).revision <= from) low = middle + 1;
      else high = middle;
    }
    return this.#events.slice(low);
  }

  get #length(): number {
    return this.#events.length - this.#head;
  }
}

const weigh = (event: CacheEvent) => 2 * event.current.bytes.length + (event.previous?.bytes.length ?? 0);
