import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Revision, revision, StoreIoError } from '../contract.ts';
import { LmdbStore } from './store.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'peapod-store-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const file = () => join(directory, 'store.mdb');
const refusal = async () => {
  const error = await LmdbStore.open({ directory }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(StoreIoError);
  const { message } = error as Error;
  expect(message).not.toContain('\n');
  return message;
};

test('a store that was closed opens where it was, history and all', async () => {
  let store = await LmdbStore.open({ directory });
  const created = await store.create('/a', Buffer.from('1'));
  await store.update('/a', Buffer.from('2'), created);
  await store.close();
  store = await LmdbStore.open({ directory });
  expect(store.currentRevision()).toBe(2);
  expect((await store.get('/a', created))?.value.toString()).toBe('1');
  expect(await store.create('/b', Buffer.from('3'))).toBe(3);
  await store.close();
});

test('the revision is kept when everything has been deleted and compacted', async () => {
  let store = await LmdbStore.open({ directory });
  await store.delete('/a', await store.create('/a', Buffer.from('1')));
  await store.compact(revision(2));
  await store.close();
  store = await LmdbStore.open({ directory });
  expect(store.currentRevision()).toBe(2);
  expect(store.compactedRevision()).toBe(2);
  expect(await store.create('/a', Buffer.from('1'))).toBe(3);
  await store.close();
});

test('a store that is open is not opened again, and the refusal names the process', async () => {
  const store = await LmdbStore.open({ directory });
  expect(await refusal()).toBe(`Cannot open the store ${file()}: process ${process.pid} has it open`);
  // The one that was refused has taken nothing from the one that is open.
  expect(await store.create('/a', Buffer.from('1'))).toBe(1);
  await store.close();
  await (await LmdbStore.open({ directory })).close();
});

test('a file that is no store is refused and left as it is', async () => {
  writeFileSync(file(), Buffer.alloc(64 * 1024, 'not a store '));
  expect(await refusal()).toBe(`Cannot open the store ${file()}: it is not a store`);
  expect(statSync(file()).size).toBe(64 * 1024);
});

test.each([1000, 4096, 500_000])('a store that was cut to %i bytes is refused', async bytes => {
  const store = await LmdbStore.open({ directory });
  for (let i = 0; i < 20; i++) await store.create(`/${i}`, Buffer.alloc(50_000));
  await store.close();
  truncateSync(file(), bytes);
  expect(await refusal()).toMatch(/^Cannot open the store .*: it is damaged: its end is missing/);
});

test('a directory that cannot be made is refused', async () => {
  writeFileSync(join(directory, 'file'), '');
  const error = await LmdbStore.open({ directory: join(directory, 'file', 'deeper') }).catch(
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(StoreIoError);
  expect((error as Error).message).toMatch(/^Cannot open the store /);
});

test('a busy store that is compacted does not grow', async () => {
  const store = await LmdbStore.open({ directory });
  const keys = Array.from({ length: 20 }, (_, i) => `/k${i}`);
  const at = new Map<string, Revision>();
  for (const key of keys) at.set(key, await store.create(key, Buffer.alloc(2000)));
  const rounds = async (count: number) => {
    for (let i = 0; i < count; i++) {
      await Promise.all(
        keys.map(async key => {
          at.set(key, await store.update(key, Buffer.alloc(2000, i), at.get(key) as Revision));
        }),
      );
      if (i % 10 === 9) await store.compact(store.currentRevision());
    }
  };
  await rounds(50);
  const settled = statSync(file()).size;
  await rounds(200);
  expect(statSync(file()).size).toBeLessThanOrEqual(settled * 1.5);
  await store.close();
});

test('deleted keys leave nothing behind after compaction', async () => {
  const store = await LmdbStore.open({ directory });
  for (let round = 0; round < 10; round++) {
    const keys = Array.from({ length: 100 }, (_, i) => `/round-${round}/${i}`);
    const made = await Promise.all(keys.map(key => store.create(key, Buffer.alloc(2000))));
    await Promise.all(keys.map((key, i) => store.delete(key, made[i] as Revision)));
    await store.compact(store.currentRevision());
  }
  expect(await store.list({ prefix: '' })).toMatchObject({ entries: [], remaining: 0 });
  expect(statSync(file()).size).toBeLessThan(2_000_000);
  await store.close();
});
