import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sleep, systemClock } from '../../base/clock.ts';
import { compileForNode } from '../../testing/programs/plain-node.ts';
import { revision } from '../contract.ts';
import { fillLmdb, isInLmdb, readLmdb } from './contents.ts';
import { LmdbStore } from './store.ts';
import { KEYS } from './writer-child.ts';

let scratch: string;
let directory: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'peapod-contents-'));
  directory = join(scratch, 'store');
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

const entries = (...keys: string[]) => keys.map(key => ({ key, value: Buffer.from(`value of ${key}`) }));
const fill = (after: number, ...keys: string[]) => {
  const progress: number[] = [];
  const filling = {
    after: revision(after),
    entries: entries(...keys),
    onProgress: (n: number) => void progress.push(n),
  };
  return fillLmdb(directory, filling).then(newest => ({ newest, progress }));
};

test('a filled store has the entries in the order they were given, above the revision, and no past', async () => {
  expect(await fill(100, '/c', '/a', '/b')).toEqual({ newest: 104, progress: [3] });
  const store = await LmdbStore.open({ directory });
  const found = await store.list({ prefix: '' });
  expect(found.entries.map(e => [e.key, e.modRevision, e.value.toString()])).toEqual([
    ['/a', 103, 'value of /a'],
    ['/b', 104, 'value of /b'],
    ['/c', 102, 'value of /c'],
  ]);
  expect([store.currentRevision(), store.compactedRevision()]).toEqual([104, 104]);
  for (const old of [0, 99, 100, 103]) {
    await expect(store.watch({ prefix: '', from: revision(old), onEvents: () => {} })).rejects.toThrow(
      'compacted',
    );
  }
  expect(await store.create('/d', Buffer.from('x'))).toBe(105);
  await store.close();
  expect(await readLmdb(directory)).toMatchObject({ revision: 105, remaining: 0, entries: { length: 4 } });
});

test('filling replaces what was there, and an empty filling leaves an empty store', async () => {
  await fill(0, '/old');
  await fill(50, '/new');
  expect((await readLmdb(directory)).entries.map(e => e.key)).toEqual(['/new']);
  expect((await fill(60)).newest).toBe(61);
  expect(await readLmdb(directory)).toEqual({ entries: [], revision: 61, remaining: 0 });
  expect(existsSync(`${directory}.filling`)).toBe(false);
});

test('a store that is not there is not made by reading it', async () => {
  await expect(readLmdb(directory)).rejects.toThrow('there is none');
  expect(isInLmdb(directory)).toBe(false);
});

test('beside a process that writes and compacts without pause, each reading is of one revision', async () => {
  const child = spawn(
    process.execPath,
    [compileForNode(join(import.meta.dirname, 'writer-child.ts'), scratch), directory],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  try {
    await once(child.stdout, 'data');
    const seen: number[] = [];
    for (let i = 0; i < 60; i++) {
      const { revision: at, entries: found } = await readLmdb(directory);
      // The last KEYS revisions, each with its own number.
      const expected = Array.from({ length: KEYS }, (_, n) => at - n).map(n => [
        `/k${n % KEYS}`,
        n,
        String(n),
      ]);
      expect(new Set(found.map(e => JSON.stringify([e.key, e.modRevision, e.value.toString()])))).toEqual(
        new Set(expected.map(e => JSON.stringify(e))),
      );
      seen.push(at);
      await sleep(systemClock, 5);
    }
    // Otherwise nothing was written meanwhile.
    expect(new Set(seen).size).toBeGreaterThan(20);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
});
