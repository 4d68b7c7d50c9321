// `npm run bench [name…]`: runs dist/bench/<name>.bench.js, all of them by default, one after the
// other. Each exports run(report); they print what they measured beside the floor measured in the
// same run, and assert nothing.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const folder = new URL('../dist/bench/', import.meta.url).pathname;
const wanted = process.argv.slice(2);
const files = readdirSync(folder)
  .filter(f => f.endsWith('.bench.js'))
  .filter(f => wanted.length === 0 || wanted.includes(f.slice(0, -'.bench.js'.length)));
if (files.length === 0) {
  console.error(`No benchmark of that name; there are: ${readdirSync(folder).filter(f => f.endsWith('.bench.js')).map(f => f.slice(0, -9)).join(', ')}`);
  process.exit(1);
}
const { createReport } = await import(join(folder, 'harness.js'));
for (const file of files) {
  const { run } = await import(join(folder, file));
  const report = createReport(file.slice(0, -'.bench.js'.length));
  await run(report);
  report.print();
}
