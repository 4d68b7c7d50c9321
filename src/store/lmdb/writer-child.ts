/**
 * The process beside which contents.test.ts reads: revision n writes key n % KEYS with the value n,
 * for ever, and the past is compacted. Argument: directory. Says "!" on standard output when it goes.
 */
import { writeSync } from 'node:fs';
import { revision } from '../contract.ts';
import { LmdbStore } from './store.ts';

export const KEYS = 40;
const HISTORY_KEPT = 30;

if (process.argv[2]) {
  const store = await LmdbStore.open({ directory: process.argv[2] });
  for (let n = store.currentRevision() + 1; ; n++) {
    const key = `/k${n % KEYS}`;
    const value = Buffer.from(String(n));
    if (n <= KEYS) await store.create(key, value);
    else await store.update(key, value, revision(n - KEYS));
    if (n === KEYS) writeSync(1, '!');
    if (n % 100 === 0) await store.compact(revision(n - HISTORY_KEPT));
  }
}
