import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sleep, systemClock } from '../../base/clock.ts';
import { type Random, seededRandom } from '../../base/random.ts';
import { compileForNode } from '../../testing/plain-node.ts';
import { type Revision, revision } from '../contract.ts';
import { keyOf, valueOf, WRITERS } from './crash-child.ts';
import { LmdbStore } from './store.ts';

const KILLS = 200;
/** Stores that are written and killed side by side. */
const STORES = 4;
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

/** Runs the child until it is killed; resolves to the lines it wrote. */
async function runAndKill(directory: string, run: number, random: Random): Promise<string[]> {
  const lines: string[] = [];
  const process = spawn(globalThis.process.execPath, [child, directory, String(run)], {
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
  // Some are killed while they open the store, most while they write.
  if (random.next() < 0.85) {
    await Promise.race([answered, ended]);
    await sleep(systemClock, random.next() * 20);
  } else {
    await sleep(systemClock, random.next() * 150);
  }
  process.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
  return lines;
}

function follow(writers: readonly WriterState[], lines: readonly string[]): void {
  for (const line of lines) {
    const [mark, writer, what, value] = line.split(' ');
    const state = writers[Number(writer)] as WriterState;
    if (mark === '?') {
      state.pending = { value: what === 'put' ? value : undefined };
    } else {
      const at = revision(Number(what));
      expect(at).toBeGreaterThan(state.at);
      state.value = state.pending?.value;
      state.at = at;
      state.pending = undefined;
    }
  }
}

async function check(
  directory: string,
  writers: readonly WriterState[],
  before: Revision,
): Promise<Revision> {
  const store = await LmdbStore.open({ directory });
  try {
    const current = store.currentRevision();
    expect(current).toBeGreaterThanOrEqual(Math.max(before, ...writers.map(w => w.at)));
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
    return current;
  } finally {
    await store.close();
  }
}

test(`${KILLS} times kill -9 among writes lose no answered write, and no revision comes twice`, {
  timeout: 180_000,
}, async () => {
  const kills = Array.from({ length: STORES }, async (_, lane) => {
    const random = seededRandom(SEED + lane);
    const directory = join(scratch, `store-${lane}`);
    const writers = Array.from(
      { length: WRITERS },
      (): WriterState => ({ value: undefined, at: revision(0), pending: undefined }),
    );
    let current = revision(0);
    let answers = 0;
    for (let run = 0; run < KILLS / STORES; run++) {
      const lines = await runAndKill(directory, run, random);
      const first = lines.find(line => line.startsWith('!'));
      if (first) expect(Number(first.split(' ')[2])).toBeGreaterThan(current);
      answers += lines.filter(line => line.startsWith('!')).length;
      follow(writers, lines);
      current = await check(directory, writers, current);
    }
    return answers;
  });
  // All of them, so that a failure of one leaves no process of another behind.
  await Promise.allSettled(kills);
  const answers = (await Promise.all(kills)).reduce((sum, n) => sum + n, 0);
  // Otherwise nothing was tested.
  expect(answers).toBeGreaterThan(KILLS);
});
