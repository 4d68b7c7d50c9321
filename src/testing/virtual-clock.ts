/**
 * A clock that moves only when it is told: timers run in order of their time, and promises get
 * room to settle before and after each. A day of waiting takes milliseconds, the same way every
 * time.
 *
 * "Settle" means: a bounded number of turns of the event loop in which microtasks, immediates and
 * input that is ready are run. That is enough for everything inside one process that does not
 * wait for a disk, a socket or a real timer.
 */
import type { Clock, Timer } from '../base/clock.ts';

interface Entry {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

export interface VirtualClock extends Clock {
  /** Moves time by `ms`, running what falls due on the way, in order. */
  advance(ms: number): Promise<void>;
  /** Lets promises settle without moving time. */
  settle(): Promise<void>;
  /**
   * Moves time until `condition` holds: from one timer to the next, at most `limitMs` in all.
   * @throws Error when it does not hold by then
   */
  until(condition: () => boolean, limitMs?: number): Promise<void>;
  /** Timers that have neither run nor been cancelled. */
  readonly pending: number;
}

export interface VirtualClockOptions {
  /** Wall-clock time at the start, milliseconds. Absent: 2026-01-01T00:00:00Z. */
  readonly startMs?: number;
  /** Turns of the event loop in which promises settle. Absent: 10. */
  readonly settleTurns?: number;
}

export function virtualClock(options: VirtualClockOptions = {}): VirtualClock {
  const { startMs = Date.UTC(2026, 0, 1), settleTurns = 10 } = options;
  const timers = new Set<Entry>();
  let elapsedMs = 0;
  let order = 0;

  const settle = async () => {
    for (let turn = 0; turn < settleTurns; turn++) {
      await new Promise<void>(resolve => {
        setImmediate(resolve);
      });
    }
  };
  const nextDue = (limitMs: number): Entry | undefined => {
    let next: Entry | undefined;
    for (const entry of timers) {
      if (entry.dueMs > limitMs) continue;
      if (!next || entry.dueMs < next.dueMs || (entry.dueMs === next.dueMs && entry.order < next.order)) {
        next = entry;
      }
    }
    return next;
  };
  const fire = (entry: Entry) => {
    elapsedMs = Math.max(elapsedMs, entry.dueMs);
    timers.delete(entry);
    entry.callback();
  };

  return {
    now: () => startMs + elapsedMs,
    monotonic: () => elapsedMs,
    schedule(delayMs, callback): Timer {
      const entry = { dueMs: elapsedMs + Math.max(0, delayMs), order: order++, callback };
      timers.add(entry);
      return {
        cancel: () => {
          timers.delete(entry);
        },
      };
    },
    settle,
    async advance(ms) {
      const targetMs = elapsedMs + ms;
      await settle();
      for (let entry = nextDue(targetMs); entry; entry = nextDue(targetMs)) {
        fire(entry);
        await settle();
      }
      elapsedMs = targetMs;
    },
    async until(condition, limitMs = 3_600_000) {
      const deadlineMs = elapsedMs + limitMs;
      await settle();
      while (!condition()) {
        const entry = nextDue(deadlineMs);
        if (!entry) throw new Error(`Cannot reach the condition: not true after ${limitMs} virtual ms`);
        fire(entry);
        await settle();
      }
    },
    get pending() {
      return timers.size;
    },
  };
}
