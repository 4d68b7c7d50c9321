import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { compileForNode } from '../../testing/programs/plain-node.ts';
import type { FullDiskReport } from './full-disk-child.ts';
import { LmdbStore } from './store.ts';

const scratch = mkdtempSync(join(tmpdir(), 'peapod-full-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test('a full disk refuses writes in one line each, loses none that was answered, and passes', async () => {
  const child = compileForNode(join(import.meta.dirname, 'full-disk-child.ts'), scratch);
  const directory = join(scratch, 'store');
  // A limit of the file size (in blocks of 512 or 1,024 bytes) fails a write as a full disk does,
  // and needs no root. The signal that comes with it is ignored, for the error to show.
  const command = `ulimit -f 2000; trap '' XFSZ; exec "$0" "$1" "$2"`;
  const output = execFileSync('sh', ['-c', command, process.execPath, child, directory], { stdio: 'pipe' });
  const { written, refusals, shown } = JSON.parse(output.toString()) as FullDiskReport;
  expect(written.length).toBeGreaterThan(20);
  expect(refusals.length).toBeGreaterThan(20);
  for (const refusal of refusals) {
    expect(refusal).toMatch(/^StoreIoError: Cannot write to .*store\.mdb: the (disk|file) .+$/);
  }
  expect(shown.toSorted()).toEqual(written.toSorted());

  const store = await LmdbStore.open({ directory });
  const { entries } = await store.list({ prefix: '' });
  expect(entries.map(e => e.key).toSorted()).toEqual(written.toSorted());
  expect(store.currentRevision()).toBe(written.length);
  expect(await store.create('/after', Buffer.alloc(10_000))).toBe(written.length + 1);
  await store.close();
});
