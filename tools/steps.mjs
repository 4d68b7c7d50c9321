// What `npm start`, `npm test` and `npm run bench` share: run a step, show it, stop at the first failure.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';

/** Runs a command with the terminal's streams. Ends this process when it fails. */
export function run(what, command, args, options = {}) {
  console.log(`▸ ${what}`);
  const result = spawnSync(command, args, { stdio: 'inherit', ...options });
  if (result.status !== 0) {
    console.error(`✗ ${what}: ${command} ${args.join(' ')} ended with ${result.status ?? result.signal ?? result.error}`);
    process.exit(1);
  }
}

/**
 * What package-lock.json asks for, unless it is installed already. Where the registry lacks the
 * builds of some package for other platforms (a mirror may), `npm ci` calls the lock file out of
 * date and refuses; `npm install` takes the very versions of the lock file and leaves those out.
 */
export function installPackages() {
  const installed = 'node_modules/.package-lock.json';
  const current = existsSync(installed) && statSync(installed).mtimeMs >= statSync('package-lock.json').mtimeMs;
  if (current) return;
  const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  console.log('▸ npm packages');
  if (spawnSync('npm', ['ci', ...quietly], { stdio: 'ignore' }).status === 0) return;
  run('npm packages, without those of other platforms', 'npm', ['install', '--no-save', ...quietly]);
}

const built = 'dist/.built';

export function build() {
  run('build', 'npm', ['run', '--silent', 'build']);
  writeFileSync(built, '');
}

/** Whether the last build is younger than every source. */
export function isBuilt() {
  if (!existsSync(built)) return false;
  const time = statSync(built).mtimeMs;
  const sources = ['src', 'images'].flatMap(folder =>
    readdirSync(folder, { recursive: true }).map(name => `${folder}/${name}`),
  );
  return [...sources, 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'].every(f => statSync(f).mtimeMs <= time);
}

/** Why the tests that need root and containerd cannot run here; undefined when they can. */
export function whyNoRootTests() {
  if (process.platform !== 'linux') return `they need Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'they need root';
  if (!existsSync('/proc/self/ns/net')) return 'the kernel has no network namespaces';
  const mounts = readFileSync('/proc/mounts', 'utf8');
  if (!/ cgroup2? /.test(mounts)) return 'no cgroups are mounted';
  return undefined;
}
