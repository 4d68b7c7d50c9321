/**
 * The floor: a Node TLS server that answers fixed bytes, run as its own process.
 * `GET /item` gives 1.6 KB, `GET /list` the bytes of 5,000 such items from one buffer each.
 * Prints its port as JSON when it listens; ends when its stdin does.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const [certFile = '', keyFile = '', itemBytes = '1600', items = '5000'] = process.argv.slice(2);
const item = Buffer.alloc(Number(itemBytes), 'x');
const list = Array.from({ length: Number(items) }, () => item);

const server = createServer(
  { cert: readFileSync(certFile), key: readFileSync(keyFile) },
  (request, response) => {
    const parts = request.url === '/list' ? list : [item];
    const length = parts.reduce((n, p) => n + p.length, 0);
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': length });
    response.end(parts.length === 1 ? item : Buffer.concat(parts));
  },
);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address && typeof address === 'object') console.log(JSON.stringify({ port: address.port }));
});
process.stdin.on('end', () => process.exit(0)).resume();
