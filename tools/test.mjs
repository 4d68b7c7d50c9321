// `npm test`: the whole suite on a fresh clone, with its own set-up. What failed is said once more at the
// end, where it is looked for first, and then one closing line over all parts:
// `N passed, N failed[, N skipped]`.
//
// A file with a failed test is run once more, alone. A test that passes then is a flaky one. It does not
// stop the build, but it is named, with what it said, before the closing line: a flaky test is a bug, with
// an entry in docs/flakes.md. A test that fails twice has failed.
//
// `npm test -- FILTER…` runs the files whose path has one of these in it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { build, installPackages, run, whyNoRootTests } from './steps.mjs';

process.chdir(new URL('..', import.meta.url).pathname);
installPackages();
run('types', 'npm', ['run', '--silent', 'generate']);
build();

const reports = mkdtempSync(join(tmpdir(), 'peapod-test-'));
const totals = { passed: 0, failed: 0, skipped: 0 };
/** What is to be said at the end, a text for each test that failed. */
const failed = [];
const flaky = [];

/**
 * Runs one vitest project, or some files of it.
 *
 * @param {string} project its name in vitest.config.ts
 * @param {string[]} files filters; none for all files
 * @returns {{status: number | null, report?: object}} the exit code, and vitest's JSON report if it wrote one
 */
function vitest(project, files) {
  const output = join(reports, `${project}.json`);
  // `npm test -- some/file`: two of the three projects have no such file.
  const chosen = files.length > 0 ? ['--passWithNoTests'] : [];
  rmSync(output, { force: true });
  const { status } = spawnSync(
    'npx',
    ['vitest', 'run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${output}`, ...chosen, ...files],
    { stdio: 'inherit' },
  );
  try {
    return { status, report: JSON.parse(readFileSync(output, 'utf8')) };
  } catch (error) {
    console.error(`✗ ${project}: no report: ${error.message}`);
    return { status };
  }
}

/** The failed tests of a report by their names, with what they said; a file that does not load is one too. */
function failures(project, report) {
  const found = new Map();
  for (const file of report.testResults) {
    const path = relative(process.cwd(), file.name);
    const before = found.size;
    for (const test of file.assertionResults.filter(({ status }) => status === 'failed'))
      found.set(`${project}: ${path}: ${test.fullName}`, { path, said: test.failureMessages.join('\n') });
    if (file.status === 'failed' && found.size === before) found.set(`${project}: ${path}`, { path, said: file.message });
  }
  return found;
}

/** Runs one vitest project, what failed twice, and adds up what the reports say. */
function suite(project) {
  console.log(`▸ ${project} tests`);
  const { status, report } = vitest(project, process.argv.slice(2));
  if (!report) {
    totals.failed += 1;
    failed.push(`${project}: no report`);
    return;
  }
  totals.passed += report.numPassedTests;
  totals.skipped += report.numPendingTests + (report.numTodoTests ?? 0);
  const first = failures(project, report);
  if (first.size === 0 && status === 0) return;

  // An error that no test caught belongs to no file: then everything is run once more.
  console.log(`▸ ${project} tests: the files in which a test failed, once more`);
  const paths = [...new Set([...first.values()].map(({ path }) => path))];
  const again = vitest(project, paths.length > 0 ? paths : process.argv.slice(2));
  if (first.size === 0) {
    const said = `${project}: vitest ended with ${status} although no test failed`;
    if (again.status !== 0) totals.failed += 1;
    (again.status === 0 ? flaky : failed).push(said);
  }
  const second = again.report ? failures(project, again.report) : first;
  for (const [name, { said }] of first) {
    const failedTwice = second.has(name);
    totals[failedTwice ? 'failed' : 'passed'] += 1;
    (failedTwice ? failed : flaky).push(`${name}\n${said}`);
  }
  // A test that failed only the second time is flaky as well, and was counted as passed.
  for (const [name, { said }] of second) if (!first.has(name)) flaky.push(`${name}\n${said}`);
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
  else {
    totals.failed += 1;
    failed.push('root: the set-up failed: see above');
  }
}

rmSync(reports, { recursive: true, force: true });
for (const text of flaky) console.log(`\n~ flaky, passed when run once more (see docs/flakes.md): ${text}`);
for (const text of failed) console.log(`\n✗ ${text}`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed${totals.skipped ? `, ${totals.skipped} skipped` : ''}`);
process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1);
