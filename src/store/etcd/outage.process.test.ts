// What a user of the store sees while etcd is killed, cut off, late, or compacted by somebody else.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sleep, systemClock } from '../../base/clock.ts';
import { systemRandom } from '../../base/random.ts';
import { type EtcdServer, skipWithoutEtcd, startEtcd } from '../../testing/programs/etcd-server.ts';
import { startTcpProxy, type TcpProxy } from '../../testing/programs/tcp-proxy.ts';
import { CompactedError, type Revision, revision, type StoreEvent, StoreIoError } from '../contract.ts';
import { EtcdClient } from './client.ts';
import type { EtcdStoreOptions } from './connect.ts';
import { EtcdStore } from './store.ts';

const bytes = (text: string) => Buffer.from(text);
const ignore = () => {};

describe.skipIf(skipWithoutEtcd())('while etcd is', () => {
  let server: EtcdServer;
  let proxy: TcpProxy;
  let store: EtcdStore;
  /** Goes past the proxy, and knows nothing of the store. */
  let stranger: EtcdClient;
  let stores = 0;

  beforeAll(async () => {
    server = await startEtcd();
  });
  afterAll(() => server?.close());
  beforeEach(async () => {
    proxy = await startTcpProxy(Number(new URL(server.url).port));
    stranger = new EtcdClient({ endpoints: [server.url], clock: systemClock, timeoutMs: 10_000 });
    store = await open();
  });
  afterEach(async () => {
    proxy.delayMs = 0;
    proxy.restore();
    await store.close();
    stranger.close();
    await proxy.close();
  });

  const open = (over: Partial<EtcdStoreOptions> = {}) =>
    EtcdStore.open({
      endpoints: [`http://127.0.0.1:${proxy.port}`],
      prefix: `/o${stores++}`,
      clock: systemClock,
      random: systemRandom,
      ...over,
    });
  const strangersWrite = async () => {
    const put = { requestPut: { key: bytes('/other'), value: bytes('x') } };
    return (await stranger.txn({ compare: [], success: [put], failure: [] })).header.revision;
  };
  const follow = async (from = store.currentRevision()) => {
    const events: StoreEvent[] = [];
    let end: Error | undefined;
    await store.watch({
      prefix: '',
      from,
      onEvents: batch => void events.push(...batch),
      onEnd: cause => {
        end = cause;
      },
    });
    return { events, ended: () => end };
  };
  const until = async (condition: () => boolean) => {
    for (let i = 0; i < 400 && !condition(); i++) await sleep(systemClock, 25);
    expect(condition()).toBe(true);
  };

  test('killed and started again, answered writes stay, and watches miss and repeat nothing', async () => {
    const { events, ended } = await follow();
    const written = new Map<Revision, string>();
    const unknown: StoreIoError[] = [];
    let stopping = false;
    const writers = Array.from({ length: 6 }, async (_, w) => {
      const key = `/w${w}`;
      for (let i = 0; !stopping; i++) {
        const value = `${w}.${i}`;
        try {
          const entry = await store.get(key);
          const at = entry
            ? await store.update(key, bytes(value), entry.modRevision)
            : await store.create(key, bytes(value));
          written.set(at, value);
        } catch (error) {
          expect(error).toBeInstanceOf(StoreIoError);
          unknown.push(error as StoreIoError);
        }
      }
    });
    for (let kill = 0; kill < 2; kill++) {
      const before = written.size;
      await until(() => written.size > before + 50);
      await server.kill();
      await server.start();
    }
    const before = written.size;
    await until(() => written.size > before + 50);
    stopping = true;
    await Promise.all(writers);

    const seen = new Map(events.map(e => [e.revision, e.value.toString()]));
    expect(seen.size).toBe(events.length);
    const revisions = events.map(e => e.revision);
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    for (const [at, value] of written) expect(seen.get(at)).toBe(value);
    // What else was seen are writes whose answer got lost; each told its writer so.
    expect(seen.size - written.size).toBeLessThanOrEqual(unknown.length);
    for (const error of unknown) expect(error.message).toMatch(/^Cannot [^\n]+ etcd at http:[^\n]+$/);
    expect(ended()).toBeUndefined();
    const history = await follow(revision(0));
    expect(history.events).toEqual(events);
    expect(store.problem()).toBeUndefined();
  });

  test('cut off, calls wait for it and are done when it is back', async () => {
    const { events } = await follow();
    const at = await store.create('/a', bytes('1'));
    proxy.cut();
    await until(() => store.problem() !== undefined);
    const update = store.update('/a', bytes('2'), at);
    const read = store.get('/a');
    await sleep(systemClock, 300);
    proxy.restore();
    expect((await read)?.value.toString()).toBe('1');
    await update;
    expect(events.map(e => e.value.toString())).toEqual(['1', '2']);
    await until(() => store.problem() === undefined);
  });

  test('away for longer than a call may take, the call says so', async () => {
    const short = await open({ timeoutMs: 1000 });
    proxy.cut();
    await until(() => short.problem() !== undefined);
    const refused = await short.create('/a', bytes('1')).catch((e: unknown) => e);
    expect(refused).toBeInstanceOf(StoreIoError);
    expect(String(refused)).toMatch(/Cannot reach etcd at http:\/\/127\.0\.0\.1:\d+: [^\n]+$/);
    proxy.restore();
    await until(() => short.problem() === undefined);
    expect(await short.get('/a')).toBeUndefined();
    await short.create('/a', bytes('1'));
    await short.close();
  });

  test('late, a call ends in its time, and says that nobody knows whether the write was done', async () => {
    const short = await open({ timeoutMs: 1000 });
    const seen: string[] = [];
    await short.watch({
      prefix: '',
      from: short.currentRevision(),
      onEvents: e => void seen.push(...e.map(x => x.key)),
    });
    proxy.delayMs = 100;
    await short.create('/slow', bytes('1'));
    proxy.delayMs = 2500;
    const started = systemClock.monotonic();
    const answers = await Promise.allSettled([short.create('/late', bytes('1')), short.get('/slow')]);
    expect(systemClock.monotonic() - started).toBeLessThan(5_000);
    const [write, read] = answers.map(a => (a.status === 'rejected' ? String(a.reason) : 'was answered'));
    expect(write).toMatch(/Cannot tell whether the write was done: no answer from etcd at http/);
    expect(read).toMatch(/Cannot reach etcd at http.*no answer in time/);
    proxy.delayMs = 0;
    // It was done, and the watch tells; a second time it is refused truthfully.
    await until(() => seen.includes('/late'));
    await expect(short.create('/late', bytes('1'))).rejects.toThrow('Cannot create /late: it exists');
    await short.close();
  });

  test('one of two members, and silent all at once, the other is asked and the watch goes on there', async () => {
    const other = await startTcpProxy(Number(new URL(server.url).port));
    const endpoints = [proxy, other].map(({ port }) => `http://127.0.0.1:${port}`);
    const both = await open({ endpoints, timeoutMs: 3000 });
    const seen: string[] = [];
    const onEvents = (events: readonly StoreEvent[]) => void seen.push(...events.map(e => e.key));
    await both.watch({ prefix: '', from: both.currentRevision(), onEvents });
    await both.create('/before', bytes('1'));
    // As a machine that has lost its power: no connection ends.
    proxy.delayMs = Number.POSITIVE_INFINITY;
    expect((await both.get('/before'))?.value.toString()).toBe('1');
    await both.create('/after', bytes('1'));
    expect(seen).toEqual(['/before', '/after']);
    await both.close();
    await other.close();
  });

  test('compacted by somebody else, the past is refused and the present goes on', async () => {
    const { events, ended } = await follow();
    const at: Revision[] = [];
    for (const key of ['/a', '/b', '/c']) at.push(await store.create(key, bytes(key)));
    await stranger.compact(await strangersWrite());
    const first = at[0] as Revision;
    const causes = await Promise.all([
      store.get('/a', first).catch((e: unknown) => e),
      store.list({ prefix: '', revision: first }).catch((e: unknown) => e),
    ]);
    for (const cause of causes) expect(cause).toBeInstanceOf(CompactedError);
    expect(store.compactedRevision()).toBeGreaterThan(at[2] as Revision);
    await expect(store.watch({ prefix: '', from: first, onEvents: ignore })).rejects.toBeInstanceOf(
      CompactedError,
    );
    expect((await store.list({ prefix: '' })).entries.map(e => e.key)).toEqual(['/a', '/b', '/c']);
    await store.create('/d', bytes('/d'));
    expect(events.map(e => e.key)).toEqual(['/a', '/b', '/c', '/d']);
    expect(ended()).toBeUndefined();
    await store.compact(store.currentRevision());
  });

  test('compacted while cut off, watches end with that, and the store goes on from there', async () => {
    const { events, ended } = await follow();
    const at = await store.create('/a', bytes('1'));
    proxy.cut();
    await until(() => store.problem() !== undefined);
    await strangersWrite();
    await stranger.compact(await strangersWrite());
    proxy.restore();
    await until(() => ended() !== undefined);
    expect(ended()).toBeInstanceOf(CompactedError);
    expect(events.map(e => e.key)).toEqual(['/a']);
    await expect(store.watch({ prefix: '', from: at, onEvents: ignore })).rejects.toBeInstanceOf(
      CompactedError,
    );
    const { entries, revision: shown } = await store.list({ prefix: '' });
    expect(entries.map(e => e.key)).toEqual(['/a']);
    const again = await follow(shown);
    await store.update('/a', bytes('2'), at);
    expect(again.events.map(e => e.value.toString())).toEqual(['2']);
  });
});
