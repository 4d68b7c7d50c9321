import { expect, test } from 'vitest';
import { silentLogger } from '../../base/log.ts';
import {
  CompactedError,
  type Revision,
  revision,
  StoreIoError,
  type WatchOptions,
} from '../../store/contract.ts';
import { MemoryStore } from '../../store/memory/store.ts';
import { virtualClock } from '../../testing/virtual-clock.ts';
import { EVENT_TTL_MS, runEventExpiry } from './event-expiry.ts';

const MINUTE = 60_000;
const key = (name: string) => `/registry/core/events/default/${name}`;
const event = (times: object = {}) => Buffer.from(JSON.stringify({ kind: 'Event', ...times }));

async function start(prepare: (store: MemoryStore, nowMs: number) => Promise<unknown> = async () => {}) {
  const store = new MemoryStore();
  const clock = virtualClock();
  await prepare(store, clock.now());
  const abort = new AbortController();
  const running = runEventExpiry({ store, clock, log: silentLogger }, abort.signal);
  await clock.settle();
  const names = async () => (await store.list({ prefix: '' })).entries.map(e => e.key.split('/').at(-1));
  const end = async () => {
    abort.abort();
    await running;
    expect(clock.pending).toBe(0);
  };
  return { store, clock, names, end };
}

test('an Event is deleted an hour after it was last written, and nothing else is', async () => {
  const { store, clock, names, end } = await start();
  expect(clock.pending).toBe(0);
  const at = await store.create(key('a'), event());
  await store.create(key('b'), event());
  await store.create('/registry/core/pods/default/pod', event());
  await clock.advance(30 * MINUTE);
  await store.update(key('a'), event(), at);
  await clock.advance(29 * MINUTE);
  expect(await names()).toEqual(['a', 'b', 'pod']);
  await clock.advance(2 * MINUTE);
  expect(await names()).toEqual(['a', 'pod']);
  await clock.advance(30 * MINUTE);
  expect(await names()).toEqual(['pod']);
  expect(clock.pending).toBe(0);
  await end();
});

test('those from before the start are as old as they say', async () => {
  const ago = (nowMs: number, minutes: number) => new Date(nowMs - minutes * MINUTE).toISOString();
  const { clock, names, end } = await start(async (store, nowMs) => {
    await store.create(key('late'), event({ lastTimestamp: ago(nowMs, 10), eventTime: ago(nowMs, 500) }));
    await store.create(
      key('old'),
      event({ metadata: { creationTimestamp: ago(nowMs, 61) }, lastTimestamp: null }),
    );
    await store.create(
      key('series'),
      event({ eventTime: ago(nowMs, 90), series: { lastObservedTime: ago(nowMs, 40) } }),
    );
    await store.create(key('silent'), event());
  });
  await clock.advance(1);
  expect(await names()).toEqual(['late', 'series', 'silent']);
  await clock.advance(21 * MINUTE);
  expect(await names()).toEqual(['late', 'silent']);
  await clock.advance(30 * MINUTE);
  expect(await names()).toEqual(['silent']);
  await end();
});

test('a store that fails is asked again, and one that was compacted unseen is read again', async () => {
  const { store, clock, names, end } = await start();
  const watches: WatchOptions[] = [];
  const watch = store.watch.bind(store);
  store.watch = options => {
    watches.push(options);
    return watch(options);
  };
  const remove = store.delete.bind(store);
  let failures = 2;
  store.delete = async (name: string, expected: Revision) => {
    if (failures-- > 0) throw new StoreIoError('etcd is away');
    return remove(name, expected);
  };
  await store.create(key('a'), event());
  await clock.advance(EVENT_TTL_MS + MINUTE / 2);
  expect(await names()).toEqual(['a']);
  await clock.advance(3 * MINUTE);
  expect(await names()).toEqual([]);
  await end();

  const again = new AbortController();
  const running = runEventExpiry({ store, clock, log: silentLogger }, again.signal);
  await clock.settle();
  watches.at(-1)?.onEnd?.(new CompactedError(revision(0), revision(1)));
  await clock.settle();
  expect(watches.length).toBe(2);
  await store.create(key('b'), event());
  await clock.advance(EVENT_TTL_MS + 1);
  expect(await names()).toEqual([]);
  again.abort();
  await running;
});

test('it ends with its store', async () => {
  const { store, clock, end } = await start();
  await store.create(key('a'), event());
  await store.close();
  await end();
  expect(clock.pending).toBe(0);
});
