/**
 * Events from before the cache's ring, from the store's history. The store tells what was
 * written; what was there before (a watcher with a selector needs it) comes from a list at the
 * revision the watch starts from, carried along.
 */
import type { Revision, Store, StoreEvent } from '../../store/contract.ts';
import { CachedEvent } from './cache-event.ts';
import { CachedEntry } from './cached-object.ts';
import type { CachedObject, CacheEvent } from './contract.ts';

/** What a store event does to `index`, as a cache event. */
export function applyStoreEvent(
  event: StoreEvent,
  index: {
    get(key: string): CachedObject | undefined;
    put(object: CachedObject): void;
    delete(key: string): void;
  },
): CacheEvent {
  const current = new CachedEntry(event.key, event.value, event.revision);
  const previous = index.get(event.key);
  if (event.type === 'delete') {
    index.delete(event.key);
    return new CachedEvent('DELETED', current, previous);
  }
  index.put(current);
  return new CachedEvent(previous ? 'MODIFIED' : 'ADDED', current, previous);
}

export interface CatchUp {
  readonly store: Store;
  readonly prefix: string;
  readonly from: Revision;
  readonly onEvents: (events: readonly CacheEvent[]) => void;
  /** Called in the same tick as the last onEvents, when `reached()` first holds. */
  readonly reached: (last: Revision) => boolean;
}

/**
 * Gives the events after `from` with `prefix` until `reached(revision of the last one looked at)`
 * is true. The caller decides in `reached`, without giving up control, whether it has the rest.
 * @throws CompactedError, or the cause with which the store ends the watch
 */
export async function catchUp(options: CatchUp): Promise<void> {
  const { store, prefix, from } = options;
  const objects = new Map<string, CachedObject>();
  const index = {
    get: (key: string) => objects.get(key),
    put: (object: CachedObject) => void objects.set(object.key, object),
    delete: (key: string) => void objects.delete(key),
  };
  const start = await store.list({ prefix, revision: from });
  for (const entry of start.entries) index.put(new CachedEntry(entry.key, entry.value, entry.modRevision));
  if (options.reached(from)) return;

  const { promise: arrived, resolve, reject } = deferred();
  let done = false;
  const opening = store.watch({
    // All keys, so that the watch is seen to pass a revision even where nothing has the prefix.
    prefix: '',
    from,
    onEvents: batch => {
      if (done) return;
      const matching = batch.filter(event => event.key.startsWith(prefix));
      const events = matching.map(event => applyStoreEvent(event, index));
      if (events.length > 0) options.onEvents(events);
      done = options.reached((batch.at(-1) as StoreEvent).revision);
      if (done) resolve();
    },
    onEnd: reject,
  });
  try {
    await Promise.all([opening, arrived]);
  } finally {
    done = true;
    await opening.then(
      watch => watch.stop(),
      () => {},
    );
  }
}

function deferred() {
  let resolve!: () => void;
  let reject!: (cause: Error) => void;
  const promise = new Promise<void>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}
