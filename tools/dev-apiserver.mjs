// Starts an API server on the memory store and waits: no controllers, no nodes, nothing kept.
//
//   node tools/dev-apiserver.mjs [--port N] [--dir D] [--no-build]
//
// Prints the path of a kubeconfig. The sources are compiled to a directory of their own first, so
// that it works while other parts of the tree do not build.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    dir: { type: 'string', default: '/tmp/peapod-dev' },
    'no-build': { type: 'boolean', default: false },
  },
});
const built = join(process.cwd(), 'node_modules/.cache/dev-build');

export function compile() {
  try {
    execFileSync(process.execPath, ['tools/generate-types.mjs']);
    execFileSync('node_modules/.bin/tsc', ['--outDir', built, '--noEmit', 'false', '--rootDir', '.'], { stdio: 'pipe' });
  } catch (error) {
    // Type errors in parts under work do not stop what is emitted.
    if (!existsSync(join(built, 'src/testing/dev-api-server.js'))) throw error;
  }
  cpSync('src/api/facts', join(built, 'src/api/facts'), { recursive: true });
  if (existsSync('src/generated')) cpSync('src/generated', join(built, 'src/generated'), { recursive: true });
  cpSync('package.json', join(built, 'package.json'));
}

if (!values['no-build']) compile();
const { startDevApiServer } = await import(pathToFileURL(join(built, 'src/testing/dev-api-server.js')).href);
const say = level => (message, fields) => console.error(level, message, fields ?? '');
const log = { debug: () => {}, info: say('info'), warn: say('warn'), error: say('error'), with: () => log };
const dev = await startDevApiServer(values.dir, Number(values.port), log);
console.log(`${dev.url}\nexport KUBECONFIG=${dev.kubeconfig}`);
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => void dev.close().then(() => process.exit(0)));
