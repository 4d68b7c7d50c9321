import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { createServer as createTlsServer, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import { ensureClusterCertificates } from '../../cluster/certificates/cluster-certificates.ts';
import { call } from '../../testing/api-requests.ts';
import { type DevApiServer, startDevApiServer } from '../../testing/dev-api-server.ts';
import { type HttpBackend, startHttpBackend } from '../../testing/http-backend.ts';
import type { Dial } from './connect.ts';

const POD = '/api/v1/namespaces/default/pods/a/proxy';
const SERVICE = '/api/v1/namespaces/default/services/s:80/proxy';
const NODE = '/api/v1/nodes/n/proxy';
const METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

let dir: string;
let dev: DevApiServer;
let tls: { cert: string; key: string; ca: string };
let dial: Dial;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peapod-proxy-'));
  const certificates = await ensureClusterCertificates({
    dir: join(dir, 'pki'),
    dnsNames: ['localhost', 'kubernetes'],
    ipAddresses: ['127.0.0.1', '10.96.0.1'],
    nowMs: systemClock.now(),
  });
  const { admin, authority } = certificates;
  dev = await startDevApiServer(dir, 0, silentLogger, {
    dial: (host, port) => dial(host, port),
    kubelet: { ca: authority, certificate: admin.certificate, key: admin.key },
  });
  tls = {
    cert: await readFile(dev.certificate, 'utf8'),
    key: await readFile(dev.key, 'utf8'),
    ca: authority,
  };
  await create('/api/v1/namespaces/default/pods', podNamed('a'), {
    podIP: '10.96.0.1',
    podIPs: [{ ip: '10.96.0.1' }],
  });
  const ports = [{ port: 80 }];
  await create('/api/v1/namespaces/default/services', { metadata: { name: 's' }, spec: { ports } });
  const targetRef = { kind: 'Pod', namespace: 'default', name: 'a' };
  const subsets = [{ addresses: [{ ip: '10.96.0.1', targetRef }], ports }];
  await create('/api/v1/namespaces/default/endpoints', { metadata: { name: 's' }, subsets });
  await create(
    '/api/v1/nodes',
    { metadata: { name: 'n' } },
    {
      addresses: [{ type: 'InternalIP', address: '10.96.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    },
  );
});
afterAll(async () => {
  await dev.close();
  await rm(dir, { recursive: true, force: true });
});

type Named = { readonly metadata: { readonly name: string } } & Readonly<Record<string, unknown>>;

const podNamed = (name: string) => ({
  metadata: { name },
  spec: { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'x' }] },
});

async function create(path: string, object: Named, status?: object): Promise<void> {
  // Pods wait for the namespace's service account.
  await vi.waitFor(async () =>
    expect((await call(dev.server, 'POST', path, { body: object })).status).toBe(201),
  );
  if (!status) return;
  const patched = await call(dev.server, 'PATCH', `${path}/${object.metadata.name}/status`, {
    body: JSON.stringify({ status }),
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  expect(patched.status, patched.text).toBe(200);
}

/** The backend that every pod, endpoint and node is from now on. */
async function backend(...how: Parameters<typeof startHttpBackend>): Promise<HttpBackend> {
  const started = await startHttpBackend(...how);
  dial = started.dial;
  return started;
}

function open(method: string, path: string, headers: Record<string, string> = {}) {
  return request(`${dev.url}${path}`, { ...tls, method, headers, agent: false });
}

async function ask(
  method: string,
  path: string,
  options: { body?: string | Buffer; headers?: Record<string, string> } = {},
) {
  const outgoing = open(method, path, options.headers);
  outgoing.end(options.body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: incoming.statusCode, headers: incoming.headers, text: await text(incoming) };
}

const echo: RequestListener = (message, response) => {
  response.setHeader('x-method', message.method ?? '');
  response.setHeader('x-url', message.url ?? '');
  response.end(JSON.stringify(message.headers));
};

test.each([
  ['Proxy, validate Proxy responses', '', '/'],
  ['Proxy, validate ProxyWithPath responses', '/some/path/with/%2F', '/some/path/with/%2F'],
])('%s', async (_, path, url) => {
  await using _backend = await backend(echo);
  for (const target of [POD, SERVICE]) {
    for (const method of METHODS) {
      const reply = await ask(method, `${target}${path}?method=${method}`);
      const redirected = path === '' && (method === 'GET' || method === 'HEAD');
      expect(reply.status, `${method} ${target}`).toBe(redirected ? 301 : 200);
      if (redirected) expect(reply.headers.location).toBe(`${target}/?method=${method}`);
      else expect(reply.headers).toMatchObject({ 'x-method': method, 'x-url': `${url}?method=${method}` });
    }
  }
});

test('TRACE and CONNECT are no methods of a proxy', async () => {
  await using _backend = await backend(echo);
  expect((await ask('TRACE', `${POD}/`)).status).toBe(405);
});

test('Proxy through apiserver to a Service: named port, https, and what the backend is told', async () => {
  const create = (listener: RequestListener) => createTlsServer({ cert: tls.cert, key: tls.key }, listener);
  await using _backend = await backend(echo, undefined, create as never);
  const reply = await ask('GET', '/api/v1/namespaces/default/services/https:s:/proxy/x?a=%20b&a=c', {
    headers: { 'x-mine': '1' },
  });
  expect(reply.status, reply.text).toBe(200);
  expect(reply.headers['x-url']).toBe('/x?a=%20b&a=c');
  const host = new URL(dev.url).host;
  expect(JSON.parse(reply.text)).toMatchObject({
    host,
    'x-mine': '1',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-host': host,
    'x-forwarded-proto': 'https',
    'x-forwarded-uri': '/api/v1/namespaces/default/services/https:s:/proxy/x',
  });
});

test('a body larger than the API takes passes, with its length or in chunks', async () => {
  const body = Buffer.alloc(5 * 1024 * 1024, 'x');
  await using _backend = await backend((message, response) => {
    let size = 0;
    message.on('data', (chunk: Buffer) => (size += chunk.length));
    message.on('end', () => response.end(`${size} ${message.headers['content-length'] ?? 'chunked'}`));
  });
  const headers = { 'content-length': String(body.length) };
  expect((await ask('POST', `${POD}/`, { body, headers })).text).toBe(`${body.length} ${body.length}`);
  expect((await ask('DELETE', `${POD}/`, { body, headers: { 'transfer-encoding': 'chunked' } })).text).toBe(
    `${body.length} chunked`,
  );
});

test('both directions are streamed: an answer begins before the request ends', async () => {
  await using _backend = await backend((message, response) => {
    response.flushHeaders();
    message.pipe(response);
  });
  const outgoing = open('POST', `${POD}/`, { 'transfer-encoding': 'chunked' });
  outgoing.flushHeaders();
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  for (const word of ['one', 'two']) {
    outgoing.write(word);
    expect(String((await once(incoming, 'data'))[0])).toBe(word);
  }
  outgoing.end();
  await once(incoming, 'end');
});

test('HTTP/2 clients are served alike', async () => {
  await using _backend = await backend((message, response) => {
    response.setHeader('connection', 'keep-alive');
    response.setHeader('set-cookie', ['a=1', 'b=2']);
    message.pipe(response);
  });
  const session = connectHttp2(dev.url, tls);
  const stream = session.request({ ':method': 'PUT', ':path': `${POD}/x` });
  stream.end('hello');
  const [headers] = await once(stream, 'response');
  expect(headers).toMatchObject({ ':status': 200, 'set-cookie': ['a=1', 'b=2'] });
  expect(await text(stream)).toBe('hello');
  session.close();
});

test('a slow client holds the backend back', async () => {
  let sent = 0;
  const total = 64 * 1024 * 1024;
  await using _backend = await backend((_message, response) => {
    const chunk = Buffer.alloc(64 * 1024);
    const write = () => {
      while (sent < total) {
        sent += chunk.length;
        if (!response.write(chunk)) return void response.once('drain', write);
      }
      response.end();
    };
    write();
  });
  const outgoing = open('GET', `${POD}/`);
  outgoing.end();
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  // Paused: what is sent meanwhile stands in the buffers between, and no more comes.
  let before = -1;
  await expect.poll(() => [before === sent, (before = sent)][0], { interval: 100, timeout: 5000 }).toBe(true);
  expect(sent).toBeLessThan(total / 2);
  let received = 0;
  for await (const chunk of incoming) received += (chunk as Buffer).length;
  expect(received).toBe(total);
});

test('a client that goes away ends the request at the backend', async () => {
  let arrived: ServerResponse | undefined;
  await using running = await backend((_message, response) => {
    arrived = response.writeHead(200);
  });
  const outgoing = open('GET', `${POD}/`);
  outgoing.on('error', () => {});
  outgoing.end();
  const response = await vi.waitUntil(() => arrived);
  outgoing.destroy();
  await vi.waitUntil(() => response.destroyed);
  await expect.poll(() => running.connections()).toBe(0);
});

test('an answer cut off by the backend is not a complete one', async () => {
  await using _backend = await backend((_message, response) => {
    response.write('half', () => response.destroy());
  });
  await expect(ask('GET', `${POD}/`)).rejects.toThrow('aborted');
});

test('a backend that answers before it has read the body is heard', async () => {
  await using _backend = await backend((_message, response) => {
    response.writeHead(413).end('too large');
  });
  const reply = await ask('POST', `${POD}/`, { body: Buffer.alloc(1024 * 1024) });
  expect(reply).toMatchObject({ status: 413, text: 'too large' });
});

test('a backend that is not there is 503 with upstream’s words', async () => {
  await using gone = await backend(echo);
  await gone[Symbol.asyncDispose]();
  const reply = await ask('GET', `${POD}/`);
  expect(reply.status).toBe(503);
  expect(JSON.parse(reply.text)).toMatchObject({
    kind: 'Status',
    reason: 'ServiceUnavailable',
    message: 'error trying to reach service: dial tcp 10.96.0.1:80: connect: connection refused',
  });
});

test('a backend that says nothing, or no HTTP, is 503', async () => {
  await using silent = await backend(message => message.socket.destroy());
  expect(JSON.parse((await ask('GET', `${POD}/`)).text)).toMatchObject({
    code: 503,
    message: 'error trying to reach service: EOF',
  });
  silent.server.on('connection', socket => socket.end('SSH-2.0-x\r\n'));
  expect((await ask('GET', `${POD}/`)).status).toBe(503);
});

test('redirects and links in pages lead through the proxy', async () => {
  const page = '<a href="/x">x</a><a href="y">y</a><a href="http://10.96.0.1/z">z</a>';
  const expected = `<a href="${POD}/x">x</a><a href="y">y</a><a href="${POD}/z">z</a>`;
  await using _backend = await backend((message, response) => {
    if (message.url === '/moved') return void response.writeHead(302, { location: '/x?y' }).end();
    const zip = message.url === '/zip';
    response.setHeader('content-type', 'text/html; charset=utf-8');
    if (zip) response.setHeader('content-encoding', 'gzip');
    response.end(zip ? gzipSync(page) : page);
  });
  expect((await ask('GET', `${POD}/moved`)).headers.location).toBe(`${POD}/x?y`);
  expect((await ask('GET', `${POD}/`)).text).toBe(expected);
  const zipped = await ask('GET', `${POD}/zip`);
  expect(zipped.text).toBe(expected);
  expect(zipped.headers['content-encoding']).toBeUndefined();
  expect((await ask('HEAD', `${POD}/`)).headers['content-type']).toBe('text/html; charset=utf-8');
});

test('the backend’s own caching rules reach the client', async () => {
  await using _backend = await backend((message, response) => {
    if (message.url === '/a') response.setHeader('cache-control', 'max-age=60');
    response.end();
  });
  expect((await ask('GET', `${POD}/a`)).headers['cache-control']).toBe('max-age=60');
  expect((await ask('GET', `${POD}/b`)).headers['cache-control']).toBe('no-cache, private');
});

test('a node’s kubelet is shown the API server’s certificate, and its own is checked', async () => {
  const certificates = await ensureClusterCertificates({
    dir: join(dir, 'pki'),
    dnsNames: [],
    ipAddresses: [],
    nowMs: systemClock.now(),
  });
  const { certificate, key } = certificates.serving;
  const who: RequestListener = (message, response) =>
    response.end((message.socket as TLSSocket).getPeerCertificate().subject.CN);
  const kubelet = (pair: { cert: string; key: string }) => (listener: RequestListener) =>
    createTlsServer({ ...pair, ca: tls.ca, requestCert: true }, listener) as never;
  {
    await using _kubelet = await backend(who, undefined, kubelet({ cert: certificate, key }));
    expect(await ask('GET', `${NODE}/stats/summary`)).toMatchObject({
      status: 200,
      text: 'kubernetes-admin',
    });
  }
  await using _impostor = await backend(who, undefined, kubelet(tls));
  const refused = await ask('GET', `${NODE}/stats/summary`);
  expect(refused.status).toBe(503);
  expect(refused.text).toContain('error trying to reach service: ');
});

test('nobody without the right reaches a backend, nor does dryRun', async () => {
  let asked = 0;
  await using _backend = await backend((_message, response) => {
    asked++;
    response.end();
  });
  const anonymous = await call(dev.server, 'GET', `${POD}/`, { user: null });
  expect(anonymous.status).toBe(403);
  const dryRun = await ask('POST', `${POD}/?dryRun=All`);
  expect(dryRun.status).toBe(400);
  expect(JSON.parse(dryRun.text).message).toBe('the dryRun query parameter is not supported with Connect');
  expect(asked).toBe(0);
});
