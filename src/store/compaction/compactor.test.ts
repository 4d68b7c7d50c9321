import { expect, test } from 'vitest';
import { silentLogger } from '../../base/log.ts';
import { virtualClock } from '../../testing/virtual-clock.ts';
import { CompactedError, revision, type WatchOptions } from '../contract.ts';
import { MemoryStore } from '../memory/store.ts';
import { runCompactor } from './compactor.ts';

const value = (bytes: number) => Buffer.alloc(bytes);

async function start(policy = { keepMs: 1000, keepBytes: 10_000 }) {
  const store = new MemoryStore();
  const clock = virtualClock();
  const abort = new AbortController();
  const running = runCompactor({ store, clock, policy, log: silentLogger }, abort.signal);
  await clock.settle();
  return { store, clock, abort, running };
}

test('history is kept for its time, then forgotten, and then there is no timer', async () => {
  const { store, clock, abort, running } = await start();
  for (let i = 1; i <= 5; i++) await store.create(`/${i}`, value(10));
  await clock.advance(900);
  expect(store.compactedRevision()).toBe(0);
  await clock.advance(2000);
  expect(store.compactedRevision()).toBe(5);
  expect(clock.pending).toBe(0);
  await store.create('/6', value(10));
  expect(clock.pending).toBe(1);
  abort.abort();
  await running;
  expect(clock.pending).toBe(0);
});

test('steady writes keep between one and one and a bit lifetimes of history', async () => {
  const { store, clock, abort, running } = await start();
  for (let i = 1; i <= 100; i++) {
    await store.create(`/${i}`, value(10));
    await clock.advance(50);
    const kept = store.currentRevision() - store.compactedRevision();
    if (i > 30) expect(kept).toBeGreaterThanOrEqual(19);
    expect(kept).toBeLessThanOrEqual(25);
  }
  abort.abort();
  await running;
});

test('a storm of writes is bounded in bytes without any time passing', async () => {
  const { store, clock, abort, running } = await start();
  for (let i = 1; i <= 200; i++) {
    await store.create(`/${i}`, value(500));
    await clock.settle();
    expect((store.currentRevision() - store.compactedRevision()) * 500).toBeLessThanOrEqual(12_000);
  }
  abort.abort();
  await running;
});

test('it ends with its store', async () => {
  const { store, clock, running } = await start();
  await store.create('/1', value(1));
  await store.close();
  await running;
  expect(clock.pending).toBe(0);
});

test('it goes on when the store was compacted by somebody else beyond what it has seen', async () => {
  const store = new MemoryStore();
  const clock = virtualClock();
  const abort = new AbortController();
  const watches: WatchOptions[] = [];
  const watch = store.watch.bind(store);
  store.watch = options => {
    watches.push(options);
    return watch(options);
  };
  const policy = { keepMs: 1000, keepBytes: 10_000 };
  const running = runCompactor({ store, clock, policy, log: silentLogger }, abort.signal);
  await clock.settle();
  for (let i = 1; i <= 3; i++) await store.create(`/${i}`, value(10));
  await store.compact(revision(2));
  watches[0]?.onEnd?.(new CompactedError(revision(0), revision(2)));
  await clock.settle();
  expect(watches.map(w => w.from)).toEqual([0, 2]);
  await store.create('/4', value(10));
  await clock.advance(3000);
  expect(store.compactedRevision()).toBe(4);
  abort.abort();
  await running;
});
