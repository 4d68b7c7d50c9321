// `npm start`: from a fresh clone to a running cluster. npm packages, build, Debian packages, then
// `bin/peapod up`, with the arguments given after `npm start --`.
import { spawnSync } from 'node:child_process';
import { build, installPackages, isBuilt, run } from './steps.mjs';

process.chdir(new URL('..', import.meta.url).pathname);
if (process.platform === 'linux' && process.getuid?.() !== 0) {
  console.error('✗ a cluster with containers needs root: sudo npm start');
  process.exit(1);
}
installPackages();
if (!isBuilt()) build();
if (process.platform === 'linux') run('machine', process.execPath, ['tools/debian-packages.mjs']);
const { status } = spawnSync(process.execPath, ['bin/peapod', 'up', ...process.argv.slice(2)], { stdio: 'inherit' });
process.exit(status ?? 1);
