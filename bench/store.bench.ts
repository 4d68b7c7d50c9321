/** Durable writes against bare LMDB and bare etcd, and the watch cache's fan-out, both in this process. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { batchLines } from '../src/apiserver/cache/cache-event.ts';
import { prefixFor } from '../src/apiserver/cache/keys.ts';
import { encodeForStore } from '../src/apiserver/cache/stored-value.ts';
import { StoreWatchCache } from '../src/apiserver/cache/watch-cache.ts';
import { systemClock } from '../src/base/clock.ts';
import { systemRandom } from '../src/base/random.ts';
import { EtcdClient } from '../src/store/etcd/client.ts';
import { EtcdStore } from '../src/store/etcd/store.ts';
import { LmdbStore } from '../src/store/lmdb/store.ts';
import { MemoryStore } from '../src/store/memory/store.ts';
import { startEtcd, whyNoEtcd } from '../src/testing/programs/etcd-server.ts';
import { type Report, ratePerSecond, secondsOf } from './harness.ts';

const SEQUENTIAL_WRITES = 1_000;
const PARALLEL_WRITES = 20_000;
const ETCD_SEQUENTIAL = 300;
const ETCD_PARALLEL = 3_000;
const TURNS = 10;
const WRITERS = 32;
const WATCHERS = 200;
const EVENTS = 2_000;
const LISTED = 5_000;

/** About 2 KB, as a running pod is. */
const pod = (name: string) =>
  encodeForStore({
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name, namespace: 'default', annotations: { filler: 'x'.repeat(1_900) } },
  });

export async function run(report: Report): Promise<void> {
  await inDirectory(directory => durableWrites(report, directory));
  await onEtcd(report);
  await fanOut(report);
  await lists(report);
}

async function durableWrites(report: Report, directory: string): Promise<void> {
  const value = pod('bench');
  const bare = open<Buffer, string>({
    path: join(directory, 'bare'),
    encoding: 'binary',
    overlappingSync: false,
  });
  const store = await LmdbStore.open({ directory: join(directory, 'store') });
  const key = (kind: string, i: number) => `/registry/core/pods/default/${kind}-${i}`;
  const measure = async (kind: string, count: number, parallel: number) => {
    // In turns, so that what else the disk has to do falls on both alike.
    const perTurn = count / TURNS;
    let floorSeconds = 0;
    let seconds = 0;
    for (let turn = 0; turn < TURNS; turn++) {
      const name = (i: number) => key(kind, turn * perTurn + i);
      const share = { count: perTurn, parallel };
      floorSeconds += perTurn / (await ratePerSecond({ ...share, work: i => bare.put(name(i), value) }));
      seconds += perTurn / (await ratePerSecond({ ...share, work: i => store.create(name(i), value) }));
    }
    report.add({
      name: `store: durable creates, ${parallel} writer${parallel > 1 ? 's' : ''}`,
      value: count / seconds,
      unit: '/s',
      floor: count / floorSeconds,
      floorName: 'bare LMDB',
    });
  };
  await measure('one', SEQUENTIAL_WRITES, 1);
  await measure('many', PARALLEL_WRITES, WRITERS);
  await store.close();
  await bare.close();
}

/** The same against a real etcd on this machine, whose floor is its bare transactions. */
async function onEtcd(report: Report): Promise<void> {
  const reason = whyNoEtcd();
  if (reason) {
    console.log(`  etcd is left out: ${reason}`);
    return;
  }
  const server = await startEtcd({ onDisk: true });
  const options = { endpoints: [server.url], clock: systemClock, random: systemRandom };
  const store = await EtcdStore.open(options);
  const bare = new EtcdClient({ ...options, timeoutMs: 10_000 });
  const value = pod('bench');
  for (const [count, parallel] of [
    [ETCD_SEQUENTIAL, 1],
    [ETCD_PARALLEL, WRITERS],
  ] as const) {
    const put = (i: number) => ({ requestPut: { key: Buffer.from(`/bare/${parallel}-${i}`), value } });
    const work = (i: number) => bare.txn({ compare: [], success: [put(i)], failure: [] });
    const floor = await ratePerSecond({ count, parallel, work });
    const name = (i: number) => `/registry/core/pods/default/${parallel}-${i}`;
    report.add({
      name: `store on etcd: durable creates, ${parallel} writer${parallel > 1 ? 's' : ''}`,
      value: await ratePerSecond({ count, parallel, work: i => store.create(name(i), value) }),
      unit: '/s',
      floor,
      floorName: 'bare etcd',
    });
  }
  const read = (i: number) => store.get(`/registry/core/pods/default/${WRITERS}-${i}`);
  report.add({
    name: `store on etcd: gets, ${WRITERS} readers`,
    value: await ratePerSecond({ count: ETCD_PARALLEL, parallel: WRITERS, work: read }),
    unit: '/s',
  });
  bare.close();
  await store.close();
  await server.close();
}

async function fanOut(report: Report): Promise<void> {
  const store = new MemoryStore();
  const cache = await StoreWatchCache.open({ store });
  let events = 0;
  let bytes = 0;
  for (let i = 0; i < WATCHERS; i++) {
    await cache.watch({
      prefix: prefixFor({ group: '', resource: 'pods' }),
      from: cache.revision,
      onEvents: batch => {
        events += batch.length;
        bytes += batchLines(batch).length;
      },
      onEnd: () => {},
    });
  }
  for (let i = 0; i < 1_000; i++) {
    await cache.watch({
      prefix: prefixFor({ group: '', resource: 'configmaps' }, `ns-${i}`),
      from: cache.revision,
      onEvents: () => {},
      onEnd: () => {},
    });
  }
  const values = Array.from({ length: EVENTS }, (_, i) => pod(`p${i}`));
  const seconds = await secondsOf(async () => {
    for (const [i, value] of values.entries()) {
      await store.create(prefixFor({ group: '', resource: 'pods' }, 'default') + i, value);
    }
  });
  if (events !== WATCHERS * EVENTS || bytes === 0) throw new Error(`Lost events: ${events}`);
  report.add({ name: `cache: fan-out to ${WATCHERS} watchers`, value: events / seconds, unit: 'events/s' });
  cache.close();
  await store.close();
}

async function lists(report: Report): Promise<void> {
  const store = new MemoryStore();
  const prefix = prefixFor({ group: '', resource: 'pods' }, 'default');
  for (let i = 0; i < LISTED; i++) await store.create(`${prefix}${i}`, pod(`p${i}`));
  const cache = await StoreWatchCache.open({ store });
  const rounds = 200;
  let total = 0;
  const seconds = await secondsOf(async () => {
    for (let i = 0; i < rounds; i++) {
      await store.create(`${prefix}new-${i}`, pod(`new-${i}`));
      total += cache.list(prefix).length;
    }
  });
  if (total < rounds * LISTED) throw new Error('Lists are short');
  report.add({ name: `cache: list of ${LISTED} after a write`, value: (seconds / rounds) * 1e6, unit: 'µs' });
  cache.close();
  await store.close();
}

async function inDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'peapod-bench-'));
  try {
    await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
