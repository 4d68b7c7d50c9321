import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type ClientHttp2Session, connect as connectHttp2, constants } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sleep, systemClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import { ensureClusterCertificates } from '../../cluster/certificates/cluster-certificates.ts';
import { type ApiResponse, textResponse } from '../request.ts';
import type { HttpLimits } from './limits.ts';
import { HttpServer } from './server.ts';

let dir: string;
let pki: { certificate: string; key: string; clientCa: string };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peapod-limits-'));
  const dnsNames = ['localhost'];
  const made = await ensureClusterCertificates({
    dir,
    dnsNames,
    ipAddresses: ['127.0.0.1'],
    nowMs: Date.now(),
  });
  pki = { ...made.serving, clientCa: made.authority };
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const LONG = Buffer.alloc(64 * 1024 * 1024, 'x');

async function serve(limits: Partial<HttpLimits> = {}) {
  const answers: Record<string, () => ApiResponse | Promise<ApiResponse>> = {
    '/long': () => ({ status: 200, contentType: 'text/plain', body: [LONG] }),
    '/watch': () => ({
      status: 200,
      contentType: 'text/plain',
      body: sink => new Promise(resolve => sink.signal.addEventListener('abort', () => resolve())),
    }),
  };
  const served: string[] = [];
  const ended = new Map<string, () => void>();
  const server = new HttpServer({
    ...pki,
    clock: systemClock,
    log: silentLogger,
    limits: { checkIntervalMs: 20, ...limits },
    async handle(request) {
      served.push(request.path);
      request.whenSent?.(() => ended.get(request.path)?.());
      if (request.path === '/echo')
        return { status: 200, contentType: 'text/plain', body: request.raw().body as Readable };
      if (request.method === 'POST' && request.path !== '/early') await request.body();
      return (await answers[request.path]?.()) ?? textResponse(200, 'ok');
    },
  });
  const { port } = await server.listen(0, '127.0.0.1');
  const sockets: Socket[] = [];
  const track = <T extends Socket>(socket: T): T => {
    socket.on('error', () => {});
    sockets.push(socket);
    return socket;
  };
  return {
    port,
    served,
    /** Resolves when the answer of this path has left or cannot any more. */
    sent: (path: string) => new Promise<void>(resolve => ended.set(path, resolve)),
    tcp: () => track(connectTcp(port, '127.0.0.1')),
    async tls(): Promise<TLSSocket> {
      const options = { port, host: '127.0.0.1', ca: pki.clientCa, ALPNProtocols: ['http/1.1'] };
      const socket = track(connectTls(options));
      await once(socket, 'secureConnect');
      return socket;
    },
    http2(): ClientHttp2Session {
      const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: pki.clientCa });
      session.on('error', () => {});
      return session;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await server.close();
    },
  };
}

type Server = Awaited<ReturnType<typeof serve>>;

/** Whether it ends well or is reset. */
const closed = (socket: Socket | ClientHttp2Session): Promise<void> =>
  new Promise(resolve => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });

async function text(socket: Socket): Promise<string> {
  let received = '';
  socket.on('data', chunk => (received += String(chunk)));
  await closed(socket);
  return received;
}

function ask(session: ClientHttp2Session, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ [constants.HTTP2_HEADER_PATH]: path });
    stream.on('response', headers => resolve(Number(headers[':status'])));
    stream.on('error', reject);
    stream.on('close', () => reject(new Error('no answer')));
    stream.resume();
  });
}

async function stillServes(server: Server): Promise<void> {
  const session = server.http2();
  expect(await ask(session, '/')).toBe(200);
  session.close();
}

test('a client that never shakes hands is cut', async () => {
  await using server = await serve({ handshakeTimeoutMs: 300 });
  await closed(server.tcp());
  await stillServes(server);
});

test('headers and bodies that never end are answered 408', async () => {
  await using server = await serve({ headersTimeoutMs: 50, bodyTimeoutMs: 100 });
  const headers = await server.tls();
  headers.write('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ');
  const body = await server.tls();
  body.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc');
  expect(await text(headers)).toMatch(/^HTTP\/1\.1 408 /);
  expect(await text(body)).toMatch(/^HTTP\/1\.1 408 /);
});

test('headers and URLs beyond the limit are answered 431; up to it they are read', async () => {
  await using server = await serve({ maxHeaderBytes: 32 * 1024 });
  const fits = await server.tls();
  fits.write(`GET /?${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  expect(await text(fits)).toMatch(/^HTTP\/1\.1 200 /);
  for (const head of [
    `GET /?${'a'.repeat(40_000)} HTTP/1.1\r\n`,
    `GET / HTTP/1.1\r\nX: ${'a'.repeat(40_000)}\r\n`,
  ]) {
    const socket = await server.tls();
    socket.write(head);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 431 /);
  }
});

test('connections on which nothing is asked are closed, those with a watch stay', async () => {
  await using server = await serve({ idleTimeoutMs: 100 });
  const watch = server.http2();
  expect(await ask(watch, '/watch')).toBe(200);
  const idle = server.http2();
  expect(await ask(idle, '/')).toBe(200);
  await closed(idle);
  const first = await server.tls();
  first.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(await text(first)).toMatch(/^HTTP\/1\.1 200 /);
  // It has been asked whether it is there several times by now.
  expect(watch.closed).toBe(false);
  watch.destroy();
});

test('a body that is handed on takes as long as it likes, and so does an answer that is a stream', async () => {
  await using server = await serve({ headersTimeoutMs: 50, bodyTimeoutMs: 50, stalledMs: 50 });
  const socket = await server.tls();
  socket.write('PUT /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n');
  await once(socket, 'data');
  await sleep(systemClock, 200);
  socket.write('4\r\nlate\r\n0\r\n\r\n');
  let text = '';
  for await (const chunk of socket) if ((text += String(chunk)).includes('late')) break;
  expect(text).toContain('late');
});

test('a reader who takes nothing of a long answer is cut, over HTTP/1.1 and HTTP/2', async () => {
  await using server = await serve({ stalledMs: 100 });
  const socket = await server.tls();
  socket.pause();
  const left = server.sent('/long');
  socket.write('GET /long HTTP/1.1\r\nHost: x\r\n\r\n');
  await left;
  const session = server.http2();
  const leftToo = server.sent('/long');
  const stream = session.request({ [constants.HTTP2_HEADER_PATH]: '/long' });
  stream.on('error', () => {});
  stream.pause();
  await leftToo;
  session.destroy();
  await stillServes(server);
});

test('a body that goes on without end after the answer is cut', async () => {
  await using server = await serve({ drainedBytes: 1024 * 1024, drainMs: 60_000 });
  const socket = await server.tls();
  socket.write('POST /early HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
  const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000), Buffer.from('\r\n')]);
  const send = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', send);
  send();
  await text(socket);
});

test('a body that stops coming after the answer is cut', async () => {
  await using server = await serve({ drainMs: 50 });
  const socket = await server.tls();
  socket.write('POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc');
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /);
});

test('connections from one address are limited, and room comes again', async () => {
  await using server = await serve({ maxConnectionsPerAddress: 2 });
  const [first] = [await server.tls(), await server.tls()];
  const refused = server.tcp();
  refused.resume();
  await closed(refused);
  first?.destroy();
  // The server hears of it in its own time.
  for (let served = false; !served; ) {
    const socket = server.tcp();
    socket.resume();
    served = await Promise.race([
      closed(socket).then(() => false),
      new Promise<boolean>(resolve => setTimeout(resolve, 50, true)),
    ]);
  }
});

test('a session has so many streams at once and no more', async () => {
  await using server = await serve({ maxStreams: 3 });
  const session = server.http2();
  await once(session, 'remoteSettings');
  expect(session.remoteSettings.maxConcurrentStreams).toBe(3);
  const open = [1, 2, 3, 4, 5].map(() => ask(session, '/watch').catch(() => 0));
  await Promise.all(open.slice(0, 3));
  expect(server.served).toHaveLength(3);
  session.destroy();
});

/** Frames as they are on the wire, from a client that keeps no rules: length, type, flags, stream. */
function frame(type: number, flags: number, stream: number, payload = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}
const PREFACE = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0)]);
/** GET https / with an authority of one letter, from HPACK's static table. */
const GET = Buffer.from([0x82, 0x87, 0x84, 0x41, 0x01, 0x78]);
const RESET = Buffer.from([0, 0, 0, 8]);

async function rawHttp2(server: Server): Promise<TLSSocket> {
  const socket = connectTls({
    port: server.port,
    host: '127.0.0.1',
    ca: pki.clientCa,
    ALPNProtocols: ['h2'],
  });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  socket.write(PREFACE);
  return socket;
}

/** Sends until the server has had enough. */
async function flood(socket: TLSSocket, next: () => Buffer): Promise<void> {
  const send = () => {
    while (!socket.destroyed && socket.writable && socket.write(next()));
  };
  socket.on('drain', send);
  send();
  await closed(socket);
}

test('a session whose client answers no ping is cut', async () => {
  await using server = await serve({ idleTimeoutMs: 60, pongTimeoutMs: 60 });
  const socket = await rawHttp2(server);
  socket.resume();
  // :path /watch, a literal with a name of the static table.
  const watch = Buffer.concat([
    Buffer.from([0x82, 0x87, 0x41, 0x01, 0x78, 0x04, 0x06]),
    Buffer.from('/watch'),
  ]);
  socket.write(frame(1, 5, 1, watch));
  await closed(socket);
  expect(server.served).toEqual(['/watch']);
});

test('streams that are opened and reset as fast as they can be end the session', async () => {
  await using server = await serve({ idleTimeoutMs: 200, pongTimeoutMs: 200 });
  const socket = await rawHttp2(server);
  socket.resume();
  let stream = -1;
  await flood(socket, () => {
    const frames: Buffer[] = [];
    for (let i = 0; i < 50; i++) {
      stream += 2;
      frames.push(frame(1, 5, stream, GET), frame(3, 0, stream, RESET));
    }
    return Buffer.concat(frames);
  });
  // Of many thousands that were sent: a burst, and what came with it.
  expect(server.served.length).toBeLessThan(4000);
  await stillServes(server);
});

test.each([
  ['pings', () => frame(6, 0, 0, Buffer.alloc(8))],
  ['settings', () => frame(4, 0, 0)],
])('%s whose answers are not taken end the session', async (_, make) => {
  await using server = await serve();
  const socket = await rawHttp2(server);
  socket.pause();
  const frames = Buffer.concat(Array.from({ length: 500 }, make));
  await flood(socket, () => frames);
  await stillServes(server);
});

test('headers in pieces without end end the session', async () => {
  await using server = await serve();
  const socket = await rawHttp2(server);
  socket.resume();
  let first = true;
  await flood(socket, () => {
    const head = first ? frame(1, 0, 1, GET) : Buffer.alloc(0);
    first = false;
    // A literal header without indexing: x: …
    const literal = Buffer.concat([Buffer.from([0x00, 0x01, 0x78, 0x7e]), Buffer.alloc(126, 'a')]);
    return Buffer.concat([head, ...Array.from({ length: 50 }, () => frame(9, 0, 1, literal))]);
  });
  await stillServes(server);
});
