/**
 * Events are forgotten an hour after they were last written, as upstream's API server has it
 * (--event-ttl). Nothing else expires.
 *
 * Follows the store by a watch, and sets one timer for the next Event that is due: without Events
 * there is no timer. What was there before the start is as old as the Event itself says.
 *
 * Refused alternative: etcd's leases, as upstream. The embedded store has none, and one way that
 * both take is less than two.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import {
  CompactedError,
  type Entry,
  type Revision,
  RevisionConflictError,
  type Store,
  StoreClosedError,
  type StoreEvent,
} from '../../store/contract.ts';
import { watchUntil } from '../../store/watch-until.ts';
import { prefixFor } from '../cache/keys.ts';

/** Both APIs for Events store them here. */
const PREFIX = prefixFor({ group: '', resource: 'events' });
export const EVENT_TTL_MS = 60 * 60_000;
const RETRY_MS = 60_000;

export interface EventExpiryOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Runs until `signal` is aborted or the store is closed. */
export async function runEventExpiry(options: EventExpiryOptions, signal: AbortSignal): Promise<void> {
  let cause: Error | undefined;
  do {
    const expiry = new EventExpiry(options);
    cause = await follow(options.store, expiry, signal);
    await expiry.stop();
    // Somebody else has compacted the store beyond what was seen: from the beginning.
  } while (cause instanceof CompactedError);
}

async function follow(store: Store, expiry: EventExpiry, signal: AbortSignal): Promise<Error | undefined> {
  try {
    const { entries, revision } = await store.list({ prefix: PREFIX });
    expiry.begin(entries);
    const onEvents = (events: readonly StoreEvent[]) => expiry.see(events);
    return await watchUntil(store, { prefix: PREFIX, from: revision, onEvents }, signal);
  } catch (error) {
    if (error instanceof CompactedError || error instanceof StoreClosedError) return error;
    throw error;
  }
}

interface Due {
  readonly revision: Revision;
  /** On the monotonic clock, milliseconds. */
  readonly atMs: number;
}

class EventExpiry {
  readonly #options: EventExpiryOptions;
  /** In the order they are due: each is put at the end when it is written. */
  readonly #due = new Map<string, Due>();
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(options: EventExpiryOptions) {
    this.#options = options;
  }

  begin(entries: readonly Entry[]): void {
    const { clock } = this.#options;
    const [nowMs, monotonicMs] = [clock.now(), clock.monotonic()];
    const dues = entries.map(({ key, value, modRevision }) => {
      const ageMs = Math.max(0, nowMs - lastSeenMs(value, nowMs));
      return { key, revision: modRevision, atMs: monotonicMs + Math.max(0, EVENT_TTL_MS - ageMs) };
    });
    for (const { key, ...due } of dues.toSorted((a, b) => a.atMs - b.atMs)) this.#due.set(key, due);
    this.#plan();
  }

  see(events: readonly StoreEvent[]): void {
    const atMs = this.#options.clock.monotonic() + EVENT_TTL_MS;
    for (const { type, key, revision } of events) {
      this.#due.delete(key);
      if (type === 'put') this.#due.set(key, { revision, atMs });
    }
    if (!this.#timer) this.#plan();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  #plan(delayMs = 0): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const next = this.#due.values().next().value;
    if (this.#stopped || this.#running || !next) return;
    const { clock } = this.#options;
    this.#timer = clock.schedule(Math.max(delayMs, next.atMs - clock.monotonic()), () => {
      this.#timer = undefined;
      this.#running = this.#expire().then(failed => {
        this.#running = undefined;
        this.#plan(failed ? RETRY_MS : 0);
      });
    });
  }

  /** @returns whether some could not be deleted */
  async #expire(): Promise<boolean> {
    const { store, clock, log } = this.#options;
    const nowMs = clock.monotonic();
    for (const [key, { revision, atMs }] of this.#due) {
      if (atMs > nowMs || this.#stopped) return false;
      try {
        await store.delete(key, revision);
      } catch (error) {
        if (error instanceof RevisionConflictError) {
          // Written or deleted meanwhile: the watch has told, or will.
          if (this.#due.get(key)?.revision === revision) this.#due.delete(key);
          continue;
        }
        if (!(error instanceof StoreClosedError))
          log.warn('Cannot delete an Event that is too old', { key, error });
        return true;
      }
    }
    return false;
  }
}

interface EventTimes {
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly lastObservedTime?: string | null } | null;
  readonly metadata?: { readonly creationTimestamp?: string | null };
}

/** When it was written last, as far as it says; `nowMs` where it says nothing. */
function lastSeenMs(value: Buffer, nowMs: number): number {
  const event = JSON.parse(value.toString()) as EventTimes;
  const times = [
    event.series?.lastObservedTime,
    event.lastTimestamp,
    event.eventTime,
    event.metadata?.creationTimestamp,
  ].flatMap(text => (text ? [Date.parse(text)] : []));
  const known = times.filter(Number.isFinite);
  return known.length > 0 ? Math.max(...known) : nowMs;
}
