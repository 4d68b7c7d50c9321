/**
 * Writes until the store refuses, as it does when the disk is full, and tells what happened. Run
 * by full-disk.test.ts under a limit of the file size. Argument: directory.
 */
import { LmdbStore } from './store.ts';

export interface FullDiskReport {
  readonly written: readonly string[];
  readonly refusals: readonly string[];
  /** What the store shows at the end, in the same process. */
  readonly shown: readonly string[];
}

const [, program, directory] = process.argv;
if (program?.endsWith('full-disk-child.js') && directory) {
  const store = await LmdbStore.open({ directory });
  const written: string[] = [];
  const refusals: string[] = [];
  for (let i = 0; i < 200; i++) {
    const keys = [`/${i}/a`, `/${i}/b`];
    const results = await Promise.allSettled(keys.map(key => store.create(key, Buffer.alloc(10_000))));
    for (const [at, result] of results.entries()) {
      if (result.status === 'fulfilled') written.push(keys[at] as string);
      else refusals.push(String(result.reason));
    }
  }
  const { entries } = await store.list({ prefix: '' });
  await store.close();
  const report: FullDiskReport = { written, refusals, shown: entries.map(e => e.key) };
  process.stdout.write(JSON.stringify(report));
}
