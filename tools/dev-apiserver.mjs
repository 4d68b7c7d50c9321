// Starts an API server on the memory store and waits: no controllers, no nodes, nothing kept.
//
//   node tools/dev-apiserver.mjs [--port N] [--dir D] [--no-build]
//
// Prints its address and the path of a kubeconfig.
import { parseArgs } from 'node:util';
import { compile, load } from './compile-dev.mjs';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    dir: { type: 'string', default: '/tmp/peapod-dev' },
    'no-build': { type: 'boolean', default: false },
  },
});
if (!values['no-build']) compile();
const { startDevApiServer } = await load('src/testing/dev-api-server.ts');
const say = level => (message, fields) => console.error(level, message, fields ?? '');
const log = { debug: () => {}, info: say('info'), warn: say('warn'), error: say('error'), with: () => log };
const dev = await startDevApiServer(values.dir, Number(values.port), log);
console.log(`${dev.url}\nexport KUBECONFIG=${dev.kubeconfig}`);
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => void dev.close().then(() => process.exit(0)));
