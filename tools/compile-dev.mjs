// Compiles everything to node_modules/.cache/dev-build, so that tools can run TypeScript of ours
// while other parts of the tree do not build. Type errors do not stop what is emitted.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const built = join(process.cwd(), 'node_modules/.cache/dev-build');

export function compile() {
  execFileSync('npm', ['run', '-s', 'generate'], { stdio: 'inherit' });
  try {
    execFileSync('node_modules/.bin/tsc', ['--outDir', built, '--noEmit', 'false', '--rootDir', '.'], { stdio: 'pipe' });
  } catch (error) {
    if (!existsSync(join(built, 'src/testing/dev-api-server.js'))) throw error;
  }
  for (const data of ['src/api/facts', 'src/generated', 'package.json'])
    cpSync(data, join(built, data), { recursive: true });
}

/** Imports what was compiled of `path` (src/testing/dev-api-server.ts). */
export function load(path) {
  return import(pathToFileURL(join(built, path.replace(/\.ts$/, '.js'))).href);
}
