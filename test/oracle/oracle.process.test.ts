/**
 * The recordings of upstream's answers, played against our API server (memory store, no
 * controllers). What still differs stands in golden/, one line a step, with the reasons by prefix
 * in golden/reasons.json. The lists only shrink: a step that has become equal must be taken out.
 * `npm run oracle -- --update` does that, and adds nothing.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startDevApiServer } from '../../src/testing/dev-api-server.ts';
import { hasPython, recordings, replay } from './replay.ts';

const TIMEOUT_MS = 300_000;

if (!hasPython()) console.log('the recordings are not played: there is no python3');
test.skipIf(!hasPython()).concurrent.each(recordings)(
  'the API server answers $name as upstream did, but for what its golden list says',
  async recording => {
    const dir = await mkdtemp(join(tmpdir(), 'peapod-oracle-server-'));
    const dev = await startDevApiServer(dir);
    try {
      const { differing, how } = await replay(dev, recording);
      const golden = await readLines(`test/oracle/golden/${recording.name}.txt`);
      const unexpected = differing.filter(step => !golden.has(step));
      expect(unexpected.map(step => `${step}\n${how.get(step)}`)).toEqual([]);
    } finally {
      await dev.close();
      await rm(dir, { recursive: true, force: true });
    }
  },
  TIMEOUT_MS,
);

test('every difference that is left has a reason, and every reason a difference', async () => {
  const reasons = JSON.parse(await readFile('test/oracle/golden/reasons.json', 'utf8')) as Record<
    string,
    string
  >;
  // The most specific one counts.
  const prefixes = Object.keys(reasons).sort((a, b) => b.length - a.length);
  const used = new Set<string>();
  for (const { name } of recordings) {
    for (const step of await readLines(`test/oracle/golden/${name}.txt`)) {
      const prefix = prefixes.find(p => step.startsWith(p));
      expect(prefix, step).toBeDefined();
      used.add(prefix ?? '');
    }
  }
  expect(prefixes.filter(prefix => !used.has(prefix))).toEqual([]);
});

async function readLines(path: string): Promise<ReadonlySet<string>> {
  return new Set((await readFile(path, 'utf8')).split('\n').filter(Boolean));
}
