// `npm run bench [name…]`: runs dist/bench/<name>.bench.js, all of them by default, one after the
// other. Each exports run(report); they print what they measured beside the floor measured in the
// same run, and assert nothing.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const folder = new URL('../dist/bench/', import.meta.url).pathname;
const wanted = process.argv.slice(2);
const ending = '.bench.js';
const names = readdirSync(folder).filter(f => f.endsWith(ending)).map(f => f.slice(0, -ending.length));
const unknown = wanted.filter(name => !names.includes(name));
if (unknown.length > 0) {
  console.error(`✗ no benchmark ${unknown.join(', ')}; there are: ${names.join(', ')}`);
  process.exit(1);
}
const { createReport } = await import(join(folder, 'harness.js'));
for (const name of wanted.length > 0 ? names.filter(name => wanted.includes(name)) : names) {
  const { run } = await import(join(folder, `${name}${ending}`));
  const report = createReport(name);
  await run(report);
  report.print();
}
