// npm run oracle [-- --update] [-- --new]: plays the recordings of upstream's answers against an API
// server of ours and prints `K of N` for each file, with what is not in its golden list.
//
//   --update  takes steps that have become equal out of the golden lists
//   --new     also adds steps that differ: say why in test/oracle/golden/reasons.json
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compile, load } from './compile-dev.mjs';

const { values } = parseArgs({
  options: { update: { type: 'boolean', default: false }, new: { type: 'boolean', default: false } },
});
compile();
const { startDevApiServer } = await load('src/testing/dev-api-server.ts');
const { recordings, replay } = await load('test/oracle/replay.ts');
const dir = mkdtempSync(join(tmpdir(), 'peapod-oracle-'));
const dev = await startDevApiServer(dir);
for (const recording of recordings) {
  const { equal, total, differing, how } = await replay(dev, recording);
  console.log(`${recording.name}.jsonl: ${equal} of ${total} steps equal`);
  const path = `test/oracle/golden/${recording.name}.txt`;
  const golden = read(path);
  const added = differing.filter(step => !golden.includes(step));
  for (const step of added) console.log(`  differs, and is not in ${path}: ${step}\n${how.get(step)}`);
  const kept = values.new ? differing : golden.filter(step => differing.includes(step));
  if (values.update || values.new) writeFileSync(path, kept.map(step => `${step}\n`).join(''));
}
await dev.close();
rmSync(dir, { recursive: true, force: true });

function read(path) {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}
