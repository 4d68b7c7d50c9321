import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import { systemRandom } from '../../base/random.ts';
import { type EtcdServer, skipWithoutEtcd, startEtcd } from '../../testing/programs/etcd-server.ts';
import { startTcpProxy } from '../../testing/programs/tcp-proxy.ts';
import { revision } from '../contract.ts';
import { EtcdClient } from './client.ts';
import type { EtcdStoreOptions } from './connect.ts';
import { eraseEtcd, fillEtcd, presenceInEtcd, readEtcd } from './contents.ts';
import { EtcdStore } from './store.ts';

const ignore = () => {};
const entry = (key: string, value = `value of ${key}`) => ({ key, value: Buffer.from(value) });

describe.skipIf(skipWithoutEtcd())('a store in etcd as a whole', () => {
  let server: EtcdServer;
  let options: EtcdStoreOptions;
  let stores = 0;
  beforeAll(async () => {
    server = await startEtcd();
  });
  afterAll(() => server?.close());
  beforeEach(() => {
    options = { endpoints: [server.url], prefix: `/c${stores++}`, clock: systemClock, random: systemRandom };
  });

  test('is filled in order, above the revision, with no past; large values too', async () => {
    expect(await presenceInEtcd(options)).toBe('none');
    const large = { key: '/large', value: Buffer.alloc(2_000_000, 1) };
    const entries = [entry('/c'), large, entry('/a')];
    const newest = await fillEtcd(options, { after: revision(100), entries, onProgress: ignore });
    expect(await presenceInEtcd(options)).toBe('there');
    const store = await EtcdStore.open(options);
    const found = (await store.list({ prefix: '' })).entries.toSorted(
      (a, b) => a.modRevision - b.modRevision,
    );
    expect(found.map(e => e.key)).toEqual(['/c', '/large', '/a']);
    expect(found[1]?.value.equals(large.value)).toBe(true);
    expect(found[0]?.modRevision).toBeGreaterThan(100);
    expect(store.compactedRevision()).toBe(newest);
    await expect(store.watch({ prefix: '', from: revision(101), onEvents: ignore })).rejects.toThrow(
      'compacted',
    );
    await store.close();
    await fillEtcd(options, { after: revision(500), entries: [entry('/new')], onProgress: ignore });
    expect(await readEtcd(options)).toMatchObject({ entries: [{ key: '/new', modRevision: 502 }] });
  });

  test('is read at one revision while it is written', async () => {
    const store = await EtcdStore.open(options);
    let stopping = false;
    const keys = 1200;
    let at = await store.create('/k0', Buffer.from('1'));
    for (let i = 1; i < keys; i += 100) {
      const made = Array.from({ length: Math.min(100, keys - i) }, (_, j) =>
        store.create(`/k${i + j}`, Buffer.from('0')),
      );
      await Promise.all(made);
    }
    // '/k0' is the first and '/z' the last of several pages; they change in turn.
    let z = await store.create('/z', Buffer.from('1'));
    const writing = (async () => {
      for (let n = 2; !stopping; n++) {
        at = await store.update('/k0', Buffer.from(String(n)), at);
        z = await store.update('/z', Buffer.from(String(n)), z);
      }
    })();
    for (let i = 0; i < 5; i++) {
      const { entries } = await readEtcd(options);
      const [first, last] = [entries[0], entries.at(-1)].map(e => Number(e?.value)) as [number, number];
      expect(entries.length).toBe(keys + 1);
      expect(first - last === 0 || first - last === 1).toBe(true);
    }
    stopping = true;
    await writing;
    expect(z).toBeGreaterThan(keys);
    await store.close();
  });

  test('is nobody’s while it is half filled, and can be filled again', async () => {
    const proxy = await startTcpProxy(Number(new URL(server.url).port));
    const slow = { ...options, endpoints: [`http://127.0.0.1:${proxy.port}`], timeoutMs: 1000 };
    const entries = Array.from({ length: 300 }, (_, i) => entry(`/k${i}`));
    const cutAt = (written: number) => {
      if (written === 100) proxy.cut();
    };
    await expect(fillEtcd(slow, { after: revision(0), entries, onProgress: cutAt })).rejects.toThrow(
      /^Cannot [^\n]+$/,
    );
    await proxy.close();
    expect(await presenceInEtcd(options)).toBe('incomplete');
    for (const open of [() => EtcdStore.open(options), () => readEtcd(options)]) {
      await expect(open()).rejects.toThrow(/filling it was interrupted; do the copy or restore again$/);
    }
    await fillEtcd(options, { after: revision(0), entries, onProgress: ignore });
    expect((await readEtcd(options)).entries.length).toBe(300);
  });

  test('is erased without a trace, and its neighbour is not touched', async () => {
    const neighbour = { ...options, prefix: `${options.prefix}-2` };
    for (const each of [options, neighbour]) {
      await fillEtcd(each, {
        after: revision(0),
        entries: [entry('/a'), { key: '/large', value: Buffer.alloc(2_000_000) }],
        onProgress: ignore,
      });
    }
    await eraseEtcd(options);
    const raw = new EtcdClient({ endpoints: [server.url], clock: systemClock, timeoutMs: 5000 });
    const { kvs } = await raw.range({ key: Buffer.from('/'), rangeEnd: Buffer.from('0'), keysOnly: true });
    raw.close();
    const left = kvs.map(kv => kv.key.toString()).filter(key => key.startsWith(options.prefix as string));
    expect(left.filter(key => !key.startsWith(neighbour.prefix))).toEqual([]);
    expect((await readEtcd(neighbour)).entries.length).toBe(2);
    await expect(readEtcd(options)).rejects.toThrow('there is none below');
  });
});
