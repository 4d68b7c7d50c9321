import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { connect, constants } from 'node:http2';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { Worker } from 'node:worker_threads';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DevApiServer, startDevApiServer } from '../../testing/dev-api-server.ts';

let dir: string;
let dev: DevApiServer;
let tls: { cert: string; key: string; ca: string };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peapod-http-'));
  dev = await startDevApiServer(dir);
  const read = (path: string) => readFile(path, 'utf8');
  tls = {
    cert: await read(dev.certificate),
    key: await read(dev.key),
    ca: await read(join(dir, 'pki/ca.crt')),
  };
});
afterAll(async () => {
  await dev.close();
  await rm(dir, { recursive: true, force: true });
});

interface Reply {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

function https(
  method: string,
  path: string,
  body?: string | Buffer,
  headers: Record<string, string | string[]> = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${dev.url}${path}`, { ...tls, method, headers, agent: false }, incoming => {
      let text = '';
      incoming.on('data', chunk => (text += String(chunk)));
      incoming.on('end', () => resolve({ status: incoming.statusCode, headers: incoming.headers, text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

test('one port speaks HTTP/1.1 and HTTP/2, and knows the client by its certificate', async () => {
  const reply = await https('GET', '/api/v1/namespaces');
  expect(reply.status).toBe(200);
  expect(JSON.parse(reply.text)).toMatchObject({ kind: 'NamespaceList' });
  const session = connect(dev.url, tls);
  const text = await new Promise<string>((resolve, reject) => {
    const stream = session.request({ [constants.HTTP2_HEADER_PATH]: '/api/v1/namespaces/default' });
    let received = '';
    stream.on('data', chunk => (received += String(chunk)));
    stream.on('end', () => resolve(received));
    stream.on('error', reject);
  });
  session.close();
  expect(JSON.parse(text)).toMatchObject({ kind: 'Namespace', metadata: { name: 'default' } });
});

test('who comes with a certificate has its fingerprint, and acts as others by one header a value', async () => {
  const whoAmI = async (headers: Record<string, string | string[]>) => {
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const { text } = await https('POST', path, '{}', { 'content-type': 'application/json', ...headers });
    return (JSON.parse(text) as { status: { userInfo: object } }).status.userInfo;
  };
  const fingerprint = new X509Certificate(tls.cert).fingerprint256.replaceAll(':', '').toLowerCase();
  expect(await whoAmI({})).toMatchObject({
    username: 'kubernetes-admin',
    extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${fingerprint}`] },
  });
  const bob = {
    'Impersonate-User': 'bob',
    'Impersonate-Group': ['a', 'b, c'],
    'Impersonate-Extra-K': ['1', '2'],
  };
  expect(await whoAmI(bob)).toEqual({
    username: 'bob',
    groups: ['a', 'b, c', 'system:authenticated'],
    extra: { k: ['1', '2'] },
  });
});

test('an answer has the id that the request had, or one of its own', async () => {
  const idOf = async (path: string, headers = {}) =>
    (await https('GET', path, undefined, headers)).headers['audit-id'];
  const first = await idOf('/version');
  expect(first).toMatch(/^[0-9a-f-]{36}$/);
  expect(await idOf('/nope')).not.toBe(first);
  expect(await idOf('/api/v1/pods?watch=true&timeoutSeconds=1', { 'Audit-ID': 'mine' })).toBe('mine');
});

test('a body over the limit is 413, and the server goes on', async () => {
  const body = Buffer.alloc(3 * 1024 * 1024 + 1, 'x');
  const reply = await https('POST', '/api/v1/namespaces', body, { 'content-type': 'application/json' });
  expect(reply.status).toBe(413);
  expect(JSON.parse(reply.text)).toMatchObject({ reason: 'RequestEntityTooLarge' });
  expect((await https('GET', '/readyz')).text).toBe('ok');
});

test('a proxy may name the whole URL', async () => {
  const outgoing = request(dev.url, { ...tls, path: 'http://elsewhere/readyz', agent: false });
  outgoing.end();
  const [incoming] = (await once(outgoing, 'response')) as [{ statusCode?: number; resume(): void }];
  incoming.resume();
  expect(incoming.statusCode).toBe(200);
});

test('a path that is no percent-encoding is 400', async () => {
  expect(await https('GET', '/api/v1/namespaces/%')).toMatchObject({ status: 400, text: '400 Bad Request' });
});

test('a watch is streamed and ends when its time is over', async () => {
  const reply = await https('GET', '/api/v1/namespaces?watch=true&timeoutSeconds=1&resourceVersion=0');
  expect(reply.text.trim().split('\n').length).toBeGreaterThanOrEqual(4);
});

test('a method that nobody knows is answered as any method that a path does not take', async () => {
  const raw = (head: string) =>
    new Promise<string>((resolve, reject) => {
      const { hostname, port } = new URL(dev.url);
      const socket = connectTls({ host: hostname, port: Number(port), ...tls, ALPNProtocols: ['http/1.1'] });
      let text = '';
      socket.on('data', chunk => (text += String(chunk)));
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
      socket.write(head);
    });
  const refused = await raw('FOO /api/v1/nodes HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(refused).toMatch(/^HTTP\/1\.1 405 /);
  expect(refused).toContain('"reason":"MethodNotAllowed"');
  expect(await raw('FOO /apis/none/v1/things HTTP/1.1\r\nHost: x\r\n\r\n')).toContain('404 page not found');
  expect(await raw('F(O / HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  expect(await raw('not http at all\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
});

test('parts of a query with a semicolon or a broken encoding do not count', async () => {
  const path = '/api/v1/namespaces/default/configmaps?labelSelector=%zz&limit=x;y';
  expect(await https('GET', path)).toMatchObject({ status: 200 });
});

test('long answers come whole over HTTP/1.1 and HTTP/2, and in gzip to those that take it', async () => {
  const names = ['a', 'b', 'c'];
  for (const name of names) {
    const data = { text: name.repeat(300_000) };
    const map = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
    const path = '/api/v1/namespaces/default/configmaps';
    expect((await https('POST', path, map, { 'content-type': 'application/json' })).status).toBe(201);
  }
  const path = '/api/v1/namespaces/default/configmaps?pretty=false';
  const read = (text: string) =>
    (JSON.parse(text) as { items: { data: { text: string } }[] }).items.map(item => item.data.text.length);
  expect(read((await https('GET', path)).text)).toEqual(names.map(() => 300_000));
  const session = connect(dev.url, tls);
  const fetch = (headers: Record<string, string>) =>
    new Promise<{ headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
      const stream = session.request({ [constants.HTTP2_HEADER_PATH]: path, ...headers });
      const chunks: Buffer[] = [];
      let received = {};
      stream.on('response', h => (received = h));
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => resolve({ headers: received, body: Buffer.concat(chunks) }));
      stream.on('error', reject);
    });
  expect(read((await fetch({})).body.toString())).toEqual(names.map(() => 300_000));
  const zipped = await fetch({ 'accept-encoding': 'deflate, gzip' });
  session.close();
  expect(zipped.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
  expect(zipped.body.length).toBeLessThan(100_000);
  expect(read(gunzipSync(zipped.body).toString())).toEqual(names.map(() => 300_000));
});

/** A client in a thread of its own, as only then its request can come before the server knows that its answer is out. */
const CLIENT = `
const { parentPort, workerData } = require('node:worker_threads');
const { tls, port, path } = workerData;
const socket = require('node:tls').connect({ ...tls, port, host: '127.0.0.1', servername: 'localhost' });
socket.setNoDelay(true);
const body = '{"metadata":{"labels":{"a":"b"}}}';
const head = 'PATCH ' + path + ' HTTP/1.1\\r\\nHost: x\\r\\nContent-Type: application/merge-patch+json\\r\\nContent-Length: ' + body.length + '\\r\\n\\r\\n';
const statuses = [];
let received = '';
const ask = () => { received = ''; socket.write(head); socket.write(body); };
socket.on('secureConnect', ask);
socket.on('data', chunk => {
  received += chunk.toString('latin1');
  const end = received.indexOf('\\r\\n\\r\\n');
  const length = /content-length: (\\d+)/i.exec(received);
  if (end < 0 || received.length < end + 4 + Number(length ? length[1] : 0)) return;
  statuses.push(received.slice(9, 12));
  if (statuses.length < 200 && received.startsWith('HTTP/1.1 200')) ask();
  else { socket.destroy(); parentPort.postMessage(statuses); }
});
`;

test('a request is read while the end of a long answer is not known yet', async () => {
  const path = '/api/v1/namespaces/default/configmaps';
  const long = { metadata: { name: 'long' }, data: { k: 'x'.repeat(60_000) } };
  await https('POST', path, JSON.stringify(long), { 'content-type': 'application/json' });
  const port = Number(new URL(dev.url).port);
  const worker = new Worker(CLIENT, { eval: true, workerData: { tls, port, path: `${path}/long` } });
  const [statuses] = (await once(worker, 'message')) as [string[]];
  await worker.terminate();
  expect(statuses.length).toBe(200);
  expect(new Set(statuses)).toEqual(new Set(['200']));
}, 20_000);
