/**
 * The watch cache over a store (contract.ts has the guarantees).
 *
 *   store watch ─► apply to the index ─► ring ─► fan-out
 *                        │                 │
 *                   get, list       resumed watches, listAt; what is older: store history
 *
 * Hand-over of a resumed watch from the past to live: the last look into the past and the
 * registration for live events happen in one synchronous step, and the store's events arrive in
 * steps of their own; so between the two no event can be lost or seen twice.
 *
 * A store that tells that part of the log is gone unseen (etcd, compacted while we were cut off)
 * is read again. Until that is done reads show the old state and no watch is opened; watches that
 * were open end, and cannot be resumed from before.
 *
 * Refused alternative: one cache a resource, as upstream has. One ring for all needs no tuning
 * per resource, and the revision the cache shows is one number.
 */
import type { KubeObject } from '../../api/object.ts';
import {
  CompactedError,
  FutureRevisionError,
  type Revision,
  revision,
  type Store,
  StoreClosedError,
  type StoreEvent,
  type StoreWatch,
} from '../../store/contract.ts';
import { CachedEntry } from './cached-object.ts';
import type { CachedObject, CacheEvent, CacheWatch, CacheWatchOptions, WatchCache } from './contract.ts';
import { EventRing, type RingLimits } from './event-ring.ts';
import { FanOut, type Watcher } from './fan-out.ts';
import { applyStoreEvent, catchUp } from './history.ts';
import { ObjectIndex } from './object-index.ts';
import { undo } from './rollback.ts';

const DEFAULT_RING_LIMITS: RingLimits = { maxEvents: 8192, maxBytes: 8 * 1024 * 1024 };

/** Past states kept for the next page of a list: each pins an array and the objects changed since. */
const MAX_KEPT_LISTS = 8;

export interface StoreWatchCacheOptions {
  readonly store: Store;
  readonly limits?: RingLimits;
  /** The store ended the cache's own watch: nothing new will be seen. Not called on close. */
  readonly onLost?: (cause: Error) => void;
}

export class StoreWatchCache implements WatchCache {
  readonly #store: Store;
  #index = new ObjectIndex();
  #ring: EventRing;
  readonly #limits: RingLimits;
  readonly #fanOut = new FanOut();
  readonly #ends = new Map<Watcher, (cause: Error | undefined) => void>();
  readonly #keptLists = new Map<string, readonly CachedObject[]>();
  readonly #onLost: ((cause: Error) => void) | undefined;
  #revision: Revision;
  #watch: StoreWatch | undefined;
  #ended = false;
  /** Why the cache is being read again. */
  #gap: CompactedError | undefined;

  /** Reads all of the store and follows it from there. The caller closes the cache before the store. */
  static async open(options: StoreWatchCacheOptions): Promise<StoreWatchCache> {
    const cache = new StoreWatchCache(options);
    await cache.#fill();
    return cache;
  }

  private constructor(options: StoreWatchCacheOptions) {
    this.#store = options.store;
    this.#onLost = options.onLost;
    this.#limits = options.limits ?? DEFAULT_RING_LIMITS;
    this.#revision = revision(0);
    this.#ring = new EventRing(this.#limits, this.#revision);
  }

  get revision(): Revision {
    return this.#revision;
  }

  get<T extends KubeObject>(key: string): CachedObject<T> | undefined {
    return this.#index.get(key) as CachedObject<T> | undefined;
  }

  list<T extends KubeObject>(prefix: string): readonly CachedObject<T>[] {
    return this.#index.list(prefix) as readonly CachedObject<T>[];
  }

  size(prefix: string): { readonly objects: number; readonly bytes: number } {
    return this.#index.size(prefix);
  }

  async listAt<T extends KubeObject>(prefix: string, at: Revision): Promise<readonly CachedObject<T>[]> {
    const compacted = this.#store.compactedRevision();
    if (at > this.#revision) throw new FutureRevisionError(at, this.#revision);
    if (at < compacted) throw new CompactedError(at, compacted);
    if (at === this.#revision) return this.list<T>(prefix);
    const name = `${at} ${prefix}`;
    const objects = this.#keptLists.get(name) ?? (await this.#pastList(prefix, at));
    this.#keptLists.delete(name);
    this.#keptLists.set(name, objects);
    for (const oldest of this.#keptLists.keys()) {
      if (this.#keptLists.size <= MAX_KEPT_LISTS) break;
      this.#keptLists.delete(oldest);
    }
    return objects as readonly CachedObject<T>[];
  }

  async #pastList(prefix: string, at: Revision): Promise<readonly CachedObject[]> {
    if (at >= this.#ring.since) {
      const later = this.#ring.after(at).filter(event => event.current.key.startsWith(prefix));
      return undo(this.#index.list(prefix), later);
    }
    const { entries } = await this.#store.list({ prefix, revision: at });
    return entries.map(e => {
      const newest = this.#index.get(e.key);
      return newest?.revision === e.modRevision ? newest : new CachedEntry(e.key, e.value, e.modRevision);
    });
  }

  async watch<T extends KubeObject>(options: CacheWatchOptions<T>): Promise<CacheWatch> {
    if (this.#ended) throw new StoreClosedError();
    if (this.#gap) throw this.#gap;
    if (options.from > this.#revision) throw new FutureRevisionError(options.from, this.#revision);
    const { prefix, onEnd } = options;
    const onEvents = options.onEvents as (events: readonly CacheEvent[]) => void;
    const watcher: Watcher = { prefix, onEvents };

    const goLive = (from: Revision): boolean => {
      if (this.#ended) return true;
      if (from < this.#ring.since) return false;
      const recent = this.#ring.after(from).filter(event => event.current.key.startsWith(prefix));
      // Registered first: a write made by the callback must find the watcher.
      this.#ends.set(watcher, onEnd);
      this.#fanOut.add(watcher);
      if (recent.length > 0) onEvents(recent);
      return true;
    };
    if (!goLive(options.from)) {
      await catchUp({ store: this.#store, prefix, from: options.from, onEvents, reached: goLive });
      if (this.#ended) throw new StoreClosedError();
    }
    return {
      stop: () => {
        this.#ends.delete(watcher);
        this.#fanOut.remove(watcher);
      },
    };
  }

  /** Ends every watch cleanly. Reads go on working. */
  close(): void {
    if (this.#ended) return;
    this.#watch?.stop();
    this.#end(undefined);
  }

  async #fill(): Promise<void> {
    const start = await this.#store.list({ prefix: '' });
    if (this.#ended) return;
    this.#index = new ObjectIndex();
    for (const e of start.entries) this.#index.put(new CachedEntry(e.key, e.value, e.modRevision));
    this.#ring = new EventRing(this.#limits, start.revision);
    this.#keptLists.clear();
    this.#revision = start.revision;
    this.#watch = await this.#store.watch({
      prefix: '',
      from: start.revision,
      onEvents: events => this.#apply(events),
      onEnd: cause => this.#lost(cause),
    });
  }

  #apply(storeEvents: readonly StoreEvent[]): void {
    const events = storeEvents.map(event => applyStoreEvent(event, this.#index));
    for (const event of events) {
      this.#ring.push(event);
      this.#revision = event.revision;
    }
    this.#fanOut.deliver(events);
    // The ring keeps what was written over, as bytes: watchers with selectors have looked at it by now.
    for (const { previous } of events) previous?.forgetObject();
  }

  #lost(cause: Error): void {
    if (this.#ended) return;
    if (cause instanceof CompactedError) {
      this.#gap = cause;
      this.#endWatches(cause);
      void this.#readAgain();
      return;
    }
    this.#end(cause);
    this.#onLost?.(cause);
  }

  async #readAgain(): Promise<void> {
    for (;;) {
      try {
        await this.#fill();
        this.#gap = undefined;
        return;
      } catch (error) {
        // Compacted once more in between.
        if (error instanceof CompactedError) continue;
        return this.#lost(error as Error);
      }
    }
  }

  #end(cause: Error | undefined): void {
    this.#ended = true;
    this.#endWatches(cause);
  }

  #endWatches(cause: Error | undefined): void {
    const ends = [...this.#ends];
    this.#ends.clear();
    for (const [watcher, onEnd] of ends) {
      this.#fanOut.remove(watcher);
      onEnd(cause);
    }
  }
}
