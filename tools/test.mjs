// `npm test`: the whole suite on a fresh clone, with its own set-up. Prints one closing line,
// `N passed, N failed[, N skipped]`, over all parts.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, installPackages, run, whyNoRootTests } from './steps.mjs';

process.chdir(new URL('..', import.meta.url).pathname);
installPackages();
run('types', 'npm', ['run', '--silent', 'generate']);
build();

const reports = mkdtempSync(join(tmpdir(), 'peapod-test-'));
const totals = { passed: 0, failed: 0, skipped: 0 };

/** Runs one vitest project and adds up what its report says. */
function suite(project) {
  const report = join(reports, `${project}.json`);
  console.log(`▸ ${project} tests`);
  const { status } = spawnSync(
    'npx',
    ['vitest', 'run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...process.argv.slice(2)],
    { stdio: 'inherit' },
  );
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    totals.passed += result.numPassedTests;
    totals.failed += result.numFailedTests;
    totals.skipped += result.numPendingTests + (result.numTodoTests ?? 0);
    // A file that does not load has no tests to count, and an unhandled error belongs to none.
    if (status !== 0 && result.numFailedTests === 0) totals.failed += Math.max(1, result.numFailedTestSuites);
  } catch (error) {
    console.error(`✗ ${project}: no report: ${error.message}`);
    totals.failed += 1;
  }
}

const reason = whyNoRootTests();
// Before the tests that use what Debian has, such as etcd, where it is there.
const packages = reason ? undefined : spawnSync(process.execPath, ['tools/debian-packages.mjs', '--tests'], { stdio: 'inherit' });
suite('unit');
suite('process');
if (reason) {
  console.log(`▸ root tests are left out: ${reason}`);
} else {
  const images = spawnSync(process.execPath, ['tools/sample-images.mjs'], { stdio: 'inherit' });
  if (packages.status === 0 && images.status === 0) suite('root');
  else totals.failed += 1;
}

rmSync(reports, { recursive: true, force: true });
console.log(`${totals.passed} passed, ${totals.failed} failed${totals.skipped ? `, ${totals.skipped} skipped` : ''}`);
process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1);
