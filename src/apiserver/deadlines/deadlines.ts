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

class Entry implements Deadline {
  constructor(
    private readonly among: Set<Entry>,
    readonly dueMs: number,
    readonly missed: () => void,
  ) {}

  met(): void {
    this.among.delete(this);
  }
}

export class Deadlines {
  /** In the order they fall due. */
  private readonly open = new Set<Entry>();
  private timer: Timer | undefined;

  /** `afterMs`: the time each has, above 0. */
  constructor(
    private readonly clock: Clock,
    private readonly afterMs: number,
  ) {}

  set(missed: () => void): Deadline {
    const entry = new Entry(this.open, this.clock.monotonic() + this.afterMs, missed);
    this.open.add(entry);
    if (!this.timer) this.arm(this.afterMs);
    return entry;
  }

  /** Forgets them all. */
  close(): void {
    this.open.clear();
    this.timer?.cancel();
    this.timer = undefined;
  }

  private arm(delayMs: number): void {
    this.timer = this.clock.schedule(delayMs, () => {
      this.timer = undefined;
      const now = this.clock.monotonic();
      for (const entry of this.open) {
        // Timers may fire a fraction of a millisecond early.
        if (entry.dueMs > now + 1) {
          this.arm(entry.dueMs - now);
          return;
        }
        this.open.delete(entry);
        entry.missed();
      }
    });
  }
}
