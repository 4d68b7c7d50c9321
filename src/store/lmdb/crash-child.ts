/**
 * The process that crash.process.test.ts kills: writes to the stores it is given without pause and tells
 * on standard output, synchronously, what it is about to write and what was answered. So what
 * the parent has read is never ahead of what happened.
 *
 *   ? <store> <writer> put <value>     about to be written
 *   ? <store> <writer> delete
 *   ! <store> <writer> <revision>      answered
 *
 * Arguments: number of the run, directories. Several stores a process, since starting the process
 * is what takes the time.
 */
import { writeSync } from 'node:fs';
import { type Entry, type Revision, revision } from '../contract.ts';
import { LmdbStore } from './store.ts';

export const WRITERS = 6;
export const keyOf = (writer: number) => `/crash/${writer}`;

/** Enough that a few writes change several pages. */
const FILLER = '-'.repeat(700);
const HISTORY_KEPT = 40;

const say = (line: string) => writeSync(1, `${line}\n`);

async function write(store: LmdbStore, name: number, writer: number, run: string): Promise<never> {
  const key = keyOf(writer);
  let there: Revision | undefined = (await store.get(key))?.modRevision;
  for (let n = 0; ; n++) {
    let answer: Promise<Revision>;
    if (there !== undefined && n % 5 === 4) {
      say(`? ${name} ${writer} delete`);
      answer = store.delete(key, there);
    } else {
      const value = `${run}.${n}`;
      say(`? ${name} ${writer} put ${value}`);
      const bytes = Buffer.from(value + FILLER);
      answer = there === undefined ? store.create(key, bytes) : store.update(key, bytes, there);
    }
    const at = await answer;
    say(`! ${name} ${writer} ${at}`);
    there = (await store.get(key))?.modRevision;
    if (writer === 0 && n % 10 === 9) await store.compact(revision(Math.max(0, at - HISTORY_KEPT)));
  }
}

/** The part of a value that says which write it is. */
export const valueOf = (entry: Entry) => entry.value.toString().slice(0, -FILLER.length);

const [, program, run, ...directories] = process.argv;
if (program?.endsWith('crash-child.js') && run) {
  const stores = await Promise.all(directories.map(directory => LmdbStore.open({ directory })));
  const writers = Array.from({ length: WRITERS }, (_, writer) => writer);
  await Promise.all(stores.flatMap((store, name) => writers.map(writer => write(store, name, writer, run))));
}
