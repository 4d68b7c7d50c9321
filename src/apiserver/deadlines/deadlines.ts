/**
 * Deadlines of many requests that all have the same time, with one timer: they fall due in the
 * order they came. Nearly all are met, so setting one and meeting it must cost next to nothing:
 * the timer is left to run when the last is met, looks once, and stops.
 */
import type { Clock, Timer } from '../../base/clock.ts';

export interface Deadline {
  /** The work is done: `missed` is not called any more. */
  met(): void;
}

/** A list of them, not a set: a set that things come into and leave all the time is dear. */
class Entry implements Deadline {
  before: Entry | undefined;
  after: Entry | undefined;
  isOpen = true;

  constructor(
    private readonly deadlines: Deadlines,
    readonly dueMs: number,
    readonly missed: () => void,
  ) {}

  met(): void {
    this.deadlines.remove(this);
  }
}

export class Deadlines {
  /** In the order they fall due. */
  private first: Entry | undefined;
  private last: Entry | undefined;
  private timer: Timer | undefined;

  /** `afterMs`: the time each has, above 0. */
  constructor(
    private readonly clock: Clock,
    private readonly afterMs: number,
  ) {}

  set(missed: () => void): Deadline {
    const entry = new Entry(this, this.clock.monotonic() + this.afterMs, missed);
    entry.before = this.last;
    if (this.last) this.last.after = entry;
    else this.first = entry;
    this.last = entry;
    if (!this.timer) this.arm(this.afterMs);
    return entry;
  }

  /** Forgets them all. */
  close(): void {
    while (this.first) this.remove(this.first);
    this.timer?.cancel();
    this.timer = undefined;
  }

  /** For its entries. */
  remove(entry: Entry): void {
    if (!entry.isOpen) return;
    entry.isOpen = false;
    const { before, after } = entry;
    if (before) before.after = after;
    else this.first = after;
    if (after) after.before = before;
    else this.last = before;
    // Else one that has grown old would keep all that came after it until the next full collection.
    entry.before = undefined;
    entry.after = undefined;
  }

  private arm(delayMs: number): void {
    this.timer = this.clock.schedule(delayMs, () => {
      this.timer = undefined;
      const now = this.clock.monotonic();
      for (let entry = this.first; entry; entry = this.first) {
        // Timers may fire a fraction of a millisecond early.
        if (entry.dueMs > now + 1) {
          this.arm(entry.dueMs - now);
          return;
        }
        this.remove(entry);
        entry.missed();
      }
    });
  }
}
