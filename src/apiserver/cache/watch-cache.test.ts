import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CompactedError, type Revision, revision, type Store } from '../../store/contract.ts';
import { LmdbStore } from '../../store/lmdb/store.ts';
import { MemoryStore } from '../../store/memory/store.ts';
import type { CacheEvent } from './contract.ts';
import { keyFor, prefixFor } from './keys.ts';
import { encodeForStore } from './stored-value.ts';
import { StoreWatchCache } from './watch-cache.ts';

/** Enough that the LMDB store reads it in several turns. */
const HISTORY_ROUNDS = 130;
const PODS = { group: '', resource: 'pods' };
const pod = (name: string, label = 'a') =>
  encodeForStore({
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name, namespace: 'default', labels: { label } },
  });
const key = (name: string, namespace = 'default') => keyFor(PODS, namespace, name);
async function scratchStore(kind: string): Promise<AsyncDisposable & { store: Store }> {
  if (kind === 'memory') return { store: new MemoryStore(), [Symbol.asyncDispose]: async () => {} };
  const directory = mkdtempSync(join(tmpdir(), 'peapod-cache-'));
  const store = await LmdbStore.open({ directory });
  return {
    store,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
}
const brief = (e: CacheEvent) => `${e.type} ${e.current.object.metadata.name} ${e.revision}`;

async function open(maxEvents = 100, store: Store = new MemoryStore()) {
  await store.create(key('first'), pod('first'));
  const cache = await StoreWatchCache.open({ store, limits: { maxEvents, maxBytes: 1 << 20 } });
  return { store, cache };
}

async function collect(cache: StoreWatchCache, prefix: string, from: number) {
  const seen: CacheEvent[] = [];
  const watch = await cache.watch({
    prefix,
    from: revision(from),
    onEvents: events => void seen.push(...events),
    onEnd: () => {},
  });
  return { seen, watch };
}

test('a write is in the cache, frozen and with its revision, as soon as it has been answered', async () => {
  const { store, cache } = await open();
  const at = await store.create(key('web'), pod('web'));
  const found = cache.get(key('web'));
  expect(found?.object.metadata.resourceVersion).toBe(String(at));
  expect(Object.isFrozen(found?.object.metadata.labels)).toBe(true);
  expect(found?.object).toBe(cache.get(key('web'))?.object);
  expect(found?.bytes.toString()).toBe(
    `{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"${at}","name":"web","namespace":"default","labels":{"label":"a"}}}`,
  );
  expect(cache.revision).toBe(at);
});

test('what was in the store before the cache was opened is listed too, in key order', async () => {
  const { store, cache } = await open();
  for (const name of ['b', 'a', 'zz']) await store.create(key(name), pod(name));
  await store.create(key('x', 'default-2'), pod('x'));
  const names = cache.list(prefixFor(PODS)).map(o => o.key.slice('/registry/core/pods/'.length));
  expect(names).toEqual(['default-2/x', 'default/a', 'default/b', 'default/first', 'default/zz']);
  expect(cache.list(prefixFor(PODS, 'default')).length).toBe(4);
  expect(cache.list(prefixFor(PODS, 'other'))).toEqual([]);
});

test('a list is a snapshot, and the same one until something is written', async () => {
  const { store, cache } = await open();
  const before = cache.list(prefixFor(PODS));
  expect(cache.list(prefixFor(PODS))).toBe(before);
  await store.create(key('later'), pod('later'));
  expect(before.length).toBe(1);
  expect(cache.list(prefixFor(PODS)).length).toBe(2);
});

test('what was written over is let go in its parsed form, and read again by who asks', async () => {
  const { store, cache } = await open();
  const { seen } = await collect(cache, prefixFor(PODS), 1);
  const old = cache.get(key('first'));
  const before = old?.object;
  await store.update(key('first'), pod('first', 'b'), revision(1));
  expect(seen[0]?.previous).toBe(old);
  expect(old?.object).not.toBe(before);
  expect(old?.object).toEqual(before);
});

test('a deletion carries the last state at the revision of the deletion', async () => {
  const { store, cache } = await open();
  const { seen } = await collect(cache, prefixFor(PODS), 1);
  const gone = await store.delete(key('first'), revision(1));
  expect(seen.map(brief)).toEqual([`DELETED first ${gone}`]);
  expect(seen[0]?.current.object.metadata.resourceVersion).toBe(String(gone));
  expect(seen[0]?.line.toString()).toMatch(
    /^\{"type":"DELETED","object":\{"kind":"Pod".*"resourceVersion":"2".*\}\}\n$/,
  );
});

async function churn(store: Store, rounds: number): Promise<void> {
  for (let i = 0; i < rounds; i++) {
    const entry = await store.get(key('first'));
    if (entry) await store.update(key('first'), pod('first', `l${i}`), entry.modRevision);
    await store.create(key(`p${i}`), pod(`p${i}`));
    if (i % 3 === 0) await store.delete(key(`p${i}`), store.currentRevision());
  }
}

test.each([
  { name: 'from the ring', maxEvents: 1000 },
  { name: 'from the history of the store', maxEvents: 3 },
])('a watch resumes at any revision, $name', async ({ maxEvents }) => {
  const { store, cache } = await open(maxEvents);
  const live = await collect(cache, prefixFor(PODS), 1);
  await churn(store, 10);
  for (let from = 1; from <= store.currentRevision(); from++) {
    const { seen, watch } = await collect(cache, prefixFor(PODS), from);
    expect(seen.map(brief)).toEqual(live.seen.filter(e => e.revision > from).map(brief));
    expect(seen.map(e => e.previous?.revision)).toEqual(
      live.seen.filter(e => e.revision > from).map(e => e.previous?.revision),
    );
    watch.stop();
  }
});

test.each([
  { name: 'recent', maxEvents: 1000 },
  { name: 'older', maxEvents: 3 },
])('a list at a $name revision shows what was there then', async ({ maxEvents }) => {
  const { store, cache } = await open(maxEvents);
  await churn(store, 10);
  for (let at = 1; at <= store.currentRevision(); at++) {
    const expected = await store.list({ prefix: prefixFor(PODS), revision: revision(at) });
    const got = await cache.listAt(prefixFor(PODS), revision(at));
    expect(got.map(o => [o.key, o.revision])).toEqual(expected.entries.map(e => [e.key, e.modRevision]));
  }
});

test('a compacted revision is refused for lists and, once it left the ring, for watches', async () => {
  const { store, cache } = await open(3);
  await churn(store, 5);
  await store.compact(revision(8));
  await expect(cache.listAt(prefixFor(PODS), revision(4))).rejects.toBeInstanceOf(CompactedError);
  await expect(collect(cache, prefixFor(PODS), 4)).rejects.toBeInstanceOf(CompactedError);
});

test.each(['memory', 'lmdb'])(
  'events written while a watch catches up (%s) arrive once and in order',
  async kind => {
    await using scratch = await scratchStore(kind);
    const { store, cache } = await open(2, scratch.store);
    await churn(store, HISTORY_ROUNDS);
    const opening = collect(cache, prefixFor(PODS), 1);
    const writing = (async () => {
      for (let i = 0; i < 20; i++) await store.create(key(`w${i}`), pod(`w${i}`));
    })();
    const { seen } = await opening;
    await writing;
    const revisions = seen.map(e => e.revision as number);
    expect(revisions).toEqual(Array.from({ length: revisions.length }, (_, i) => i + 2));
    expect(revisions.at(-1)).toBe(store.currentRevision());
  },
);

test('a watcher that writes from its callback sees its own write afterwards', async () => {
  const { store, cache } = await open();
  const seen: string[] = [];
  let written: Promise<Revision> | undefined;
  await cache.watch({
    prefix: prefixFor(PODS),
    from: revision(0 + 1),
    onEvents: events => {
      seen.push(...events.map(brief));
      written ??= store.create(key('from-callback'), pod('from-callback'));
    },
    onEnd: () => {},
  });
  const other = await collect(cache, prefixFor(PODS), 1);
  await store.create(key('cause'), pod('cause'));
  await written;
  expect(seen).toEqual(['ADDED cause 2', 'ADDED from-callback 3']);
  expect(other.seen.map(brief)).toEqual(seen);
});

test('closing ends watches without a cause, losing the store ends them with it', async () => {
  const { store, cache } = await open();
  const ends: (Error | undefined)[] = [];
  const options = {
    prefix: '',
    from: revision(1),
    onEvents: () => {},
    onEnd: (e?: Error) => void ends.push(e),
  };
  await cache.watch(options);
  cache.close();
  expect(ends).toEqual([undefined]);
  const second = await StoreWatchCache.open({ store });
  await second.watch(options);
  await store.close();
  expect(ends[1]?.message).toBe('Cannot use the store: it is closed');
});

test('a watcher that comes from before the ring does not hold up the others', async () => {
  await using scratch = await scratchStore('lmdb');
  const { store, cache } = await open(2, scratch.store);
  await churn(store, HISTORY_ROUNDS);
  const live = await collect(cache, prefixFor(PODS), store.currentRevision());
  const opening = collect(cache, prefixFor(PODS), 1);
  const at = await store.create(key('now'), pod('now'));
  expect(live.seen.map(brief)).toEqual([`ADDED now ${at}`]);
  expect((await opening).seen.at(-1)?.revision).toBe(at);
});

test('objects of a resource that was never written are an empty list, and its watch is quiet', async () => {
  const { store, cache } = await open();
  const { seen } = await collect(cache, prefixFor({ group: 'apps', resource: 'deployments' }), 1);
  await store.create(key('web'), pod('web'));
  expect(cache.list(prefixFor({ group: 'apps', resource: 'deployments' }))).toEqual([]);
  expect(seen).toEqual([]);
});

test('a store that has lost part of the log unseen is read again, and watches cannot span the gap', async () => {
  const store = new MemoryStore();
  let endWatch: (cause: Error) => void = () => {};
  let unseen = false;
  const watch = store.watch.bind(store);
  // As etcd's when it was compacted while we were cut off.
  store.watch = options => {
    let ended = false;
    endWatch = cause => {
      ended = true;
      options.onEnd?.(cause);
    };
    return watch({ ...options, onEvents: events => unseen || ended || options.onEvents(events) });
  };
  const { cache } = await open(100, store);
  const changed = await store.create(key('changed'), pod('changed'));
  const ends: (Error | undefined)[] = [];
  const watching = {
    prefix: prefixFor(PODS),
    onEvents: () => {},
    onEnd: (cause: Error | undefined) => void ends.push(cause),
  };
  await cache.watch({ ...watching, from: cache.revision });
  unseen = true;
  await store.delete(key('first'), revision(1));
  await store.update(key('changed'), pod('changed', 'b'), changed);
  await store.create(key('made'), pod('made'));
  const newest = store.currentRevision();
  await store.compact(newest);
  unseen = false;
  endWatch(new CompactedError(changed, newest));
  expect(ends).toEqual([expect.any(CompactedError)]);
  await expect(cache.watch({ ...watching, from: changed })).rejects.toBeInstanceOf(CompactedError);
  await new Promise(setImmediate);
  expect(cache.revision).toBe(newest);
  expect(cache.list(prefixFor(PODS)).map(o => o.object.metadata.name)).toEqual(['changed', 'made']);
  expect(cache.get(key('changed'))?.object.metadata.labels).toEqual({ label: 'b' });
  await expect(cache.watch({ ...watching, from: changed })).rejects.toBeInstanceOf(CompactedError);
  const { seen } = await collect(cache, prefixFor(PODS), newest);
  await store.create(key('later'), pod('later'));
  expect(seen.map(brief)).toEqual([`ADDED later ${newest + 1}`]);
  cache.close();
});
