import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sleep, systemClock } from '../../base/clock.ts';
import { type Random, seededRandom } from '../../base/random.ts';
import { compileForNode } from '../../testing/programs/plain-node.ts';
import { type Revision, revision } from '../contract.ts';
import { keyOf, valueOf, WRITERS } from './crash-child.ts';
import { LmdbStore } from './store.ts';

const KILLS = 120;
/** Processes that are killed side by side, each in the middle of writing to several stores. */
const LANES = 2;
const STORES_PER_PROCESS = 2;
const SEED = 20260;

const scratch = mkdtempSync(join(tmpdir(), 'peapod-crash-'));
let child: string;
beforeAll(() => {
  child = compileForNode(join(import.meta.dirname, 'crash-child.ts'), scratch);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** What one writer was told, and what it may have written without being told. */
interface WriterState {
  value: string | undefined;
  at: Revision;
  pending: { value: string | undefined } | undefined;
}

interface StoreState {
  readonly directory: string;
  readonly writers: readonly WriterState[];
  /** The newest revision that was seen. */
  current: Revision;
  answers: number;
}

function newStore(directory: string): StoreState {
  const writers = Array.from(
    { length: WRITERS },
    (): WriterState => ({ value: undefined, at: revision(0), pending: undefined }),
  );
  return { directory, writers, current: revision(0), answers: 0 };
}

/** Runs the child until it is killed; resolves to the lines it wrote. */
async function runAndKill(stores: readonly StoreState[], run: number, random: Random): Promise<string[]> {
  const lines: string[] = [];
  const directories = stores.map(store => store.directory);
  const process = spawn(globalThis.process.execPath, [child, String(run), ...directories], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<string | null>(done => process.once('close', (_code, signal) => done(signal)));
  const output = createInterface({ input: process.stdout });
  const answered = new Promise<void>(done => {
    output.on('line', line => {
      lines.push(line);
      if (line.startsWith('!')) done();
    });
  });
  // Some are killed while they start or open the stores, most while they write.
  if (random.next() < 0.9) {
    await Promise.race([answered, ended]);
    await sleep(systemClock, random.next() * 15);
  } else {
    await sleep(systemClock, random.next() * 150);
  }
  process.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
  return lines;
}

function follow(stores: readonly StoreState[], lines: readonly string[]): void {
  for (const line of lines) {
    const [mark, name, writer, what, value] = line.split(' ');
    const store = stores[Number(name)] as StoreState;
    const state = store.writers[Number(writer)] as WriterState;
    if (mark === '?') {
      state.pending = { value: what === 'put' ? value : undefined };
      continue;
    }
    const at = revision(Number(what));
    expect(at).toBeGreaterThan(Math.max(state.at, store.current));
    state.value = state.pending?.value;
    state.at = at;
    state.pending = undefined;
    store.answers++;
  }
}

async function check(state: StoreState): Promise<void> {
  const { writers } = state;
  const store = await LmdbStore.open({ directory: state.directory });
  try {
    const current = store.currentRevision();
    expect(current).toBeGreaterThanOrEqual(Math.max(state.current, ...writers.map(w => w.at)));
    for (const [id, writer] of writers.entries()) {
      const entry = await store.get(keyOf(id));
      const found = entry && valueOf(entry);
      const possible = writer.pending ? [writer.value, writer.pending.value] : [writer.value];
      expect(possible).toContain(found);
      if (entry && found === writer.value && !writer.pending) expect(entry.modRevision).toBe(writer.at);
      writer.value = found;
      writer.at = entry?.modRevision ?? writer.at;
      writer.pending = undefined;
    }
    const revisions: number[] = [];
    const compacted = store.compactedRevision();
    const onEvents = (events: readonly { revision: Revision }[]) =>
      void revisions.push(...events.map(e => e.revision));
    await store.watch({ prefix: '', from: compacted, onEvents });
    expect(revisions).toEqual(Array.from({ length: current - compacted }, (_, i) => compacted + i + 1));
    state.current = current;
  } finally {
    await store.close();
  }
}

test(`kill -9 in the middle of writing, ${KILLS} times on ${STORES_PER_PROCESS} stores each, loses no answered write, and no revision comes twice`, {
  timeout: 180_000,
}, async () => {
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    const random = seededRandom(SEED + lane);
    const stores = Array.from({ length: STORES_PER_PROCESS }, (_store, i) =>
      newStore(join(scratch, `store-${lane}-${i}`)),
    );
    for (let run = 0; run < KILLS / LANES; run++) {
      follow(stores, await runAndKill(stores, run, random));
      for (const store of stores) await check(store);
    }
    return stores.map(store => store.answers);
  });
  // All of them, so that a failure of one leaves no process of another behind.
  await Promise.allSettled(lanes);
  // Otherwise nothing was tested.
  for (const answers of (await Promise.all(lanes)).flat()) expect(answers).toBeGreaterThan(KILLS);
});
