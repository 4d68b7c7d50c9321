import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { silentLogger } from '../../base/log.ts';
import { call } from '../../testing/api-requests.ts';
import { type DevApiServer, startDevApiServer } from '../../testing/dev-api-server.ts';
import { startHttpBackend } from '../../testing/http-backend.ts';
import type { Dial } from './connect.ts';

const POD = '/api/v1/namespaces/default/pods/a/proxy';

let dir: string;
let dev: DevApiServer;
let tls: { cert: string; key: string; ca: string };
let dial: Dial;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peapod-upgrade-'));
  dev = await startDevApiServer(dir, 0, silentLogger, { dial: (host, port) => dial(host, port) });
  tls = {
    cert: await readFile(dev.certificate, 'utf8'),
    key: await readFile(dev.key, 'utf8'),
    ca: await readFile(join(dir, 'pki/ca.crt'), 'utf8'),
  };
  const spec = { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'x' }] };
  const pods = '/api/v1/namespaces/default/pods';
  await vi.waitFor(async () =>
    expect((await call(dev.server, 'POST', pods, { body: { metadata: { name: 'a' }, spec } })).status).toBe(
      201,
    ),
  );
  await call(dev.server, 'PATCH', `${pods}/a/status`, {
    body: JSON.stringify({ status: { podIP: '10.1.0.1', podIPs: [{ ip: '10.1.0.1' }] } }),
    headers: { 'content-type': 'application/merge-patch+json' },
  });
});
afterAll(async () => {
  await dev.close();
  await rm(dir, { recursive: true, force: true });
});

async function backend(...how: Parameters<typeof startHttpBackend>) {
  const started = await startHttpBackend(...how);
  dial = started.dial;
  return started;
}

interface Reply {
  readonly message: IncomingMessage;
  readonly socket: Duplex | undefined;
}

function upgrade(protocol: string, path = `${POD}/x`): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = { connection: 'Upgrade', upgrade: protocol };
    const outgoing = request(`${dev.url}${path}`, { ...tls, headers, agent: false });
    outgoing.on('upgrade', (message, socket, head) => {
      socket.unshift(head);
      resolve({ message, socket });
    });
    outgoing.on('response', message => resolve({ message, socket: undefined }));
    outgoing.on('error', reject);
    outgoing.end();
  });
}

const noRequests = () => expect.unreachable();

test('WebSockets pass, with the protocol the backend chose, text and binary, and their closing', async () => {
  const sockets = new WebSocketServer({ noServer: true });
  await using _backend = await backend(noRequests, (message, socket, head) => {
    sockets.handleUpgrade(message, socket, head, ws => {
      ws.send(message.url ?? '');
      ws.on('message', (data, binary) => ws.send(data, { binary }));
    });
  });
  const url = `${dev.url.replace('https', 'wss')}${POD}/chat?room=1`;
  const ws = new WebSocket(url, ['chat.v2', 'chat.v1'], tls);
  expect(String((await once(ws, 'message'))[0])).toBe('/chat?room=1');
  expect(ws.protocol).toBe('chat.v2');
  const large = Buffer.alloc(1024 * 1024, 'x');
  ws.send(large);
  expect(large.equals((await once(ws, 'message'))[0] as Buffer)).toBe(true);
  ws.close(4000, 'enough');
  expect((await once(ws, 'close'))[0]).toBe(4000);
});

test('a browser’s token comes as a protocol, and goes no further', async () => {
  const offered: string[] = [];
  const sockets = new WebSocketServer({ noServer: true });
  await using _backend = await backend(noRequests, (message, socket, head) => {
    offered.push(message.headers['sec-websocket-protocol'] ?? '');
    sockets.handleUpgrade(message, socket, head, ws => ws.send('hello'));
  });
  const open = (token: string, ...protocols: string[]) => {
    const encoded = Buffer.from(token).toString('base64url');
    const url = `${dev.url.replace('https', 'wss')}${POD}/`;
    const named = [`base64url.bearer.authorization.k8s.io.${encoded}`, ...protocols];
    return new WebSocket(url, named, { ca: tls.ca });
  };
  const refused = async (ws: WebSocket) => String((await once(ws, 'error'))[0]);
  const ws = open(dev.token, 'chat');
  expect(String((await once(ws, 'message'))[0])).toBe('hello');
  ws.close();
  expect(offered).toEqual(['chat']);
  expect(await refused(open('wrong', 'chat'))).toContain('401');
  // Without another protocol the token would be the one that is spoken.
  expect(await refused(open(dev.token))).toContain('403');
  expect(offered).toHaveLength(1);
});

test('any protocol passes, from the first byte on, and one side’s end is the other’s', async () => {
  let given: Duplex | undefined;
  await using running = await backend(noRequests, (message, socket) => {
    expect(message.headers).toMatchObject({ connection: 'Upgrade', upgrade: 'my/1' });
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: my/1\r\n\r\nhello');
    given = socket;
  });
  const { message, socket } = await upgrade('my/1');
  expect(message).toMatchObject({ statusCode: 101, headers: { upgrade: 'my/1' } });
  const theirs = await vi.waitUntil(() => given);
  expect(String((await once(socket as Duplex, 'data'))[0])).toBe('hello');
  socket?.write('ping');
  expect(String((await once(theirs, 'data'))[0])).toBe('ping');
  socket?.destroy();
  await once(theirs, 'end');
  theirs.end();
  await expect.poll(() => running.connections()).toBe(0);
});

test('when the backend ends, so does the client’s connection', async () => {
  await using _backend = await backend(noRequests, (_message, socket) =>
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: my/1\r\n\r\nbye'),
  );
  const { socket } = await upgrade('my/1');
  expect(await text(socket as Duplex)).toBe('bye');
});

test('a backend’s refusal is the client’s answer', async () => {
  await using _backend = await backend((_message, response) =>
    response.writeHead(403, { 'x-why': 'no' }).end('not you'),
  );
  const { message } = await upgrade('websocket');
  expect(message).toMatchObject({ statusCode: 403, headers: { 'x-why': 'no' } });
  expect(await text(message)).toBe('not you');
});

test('a success without an upgrade is an error, and so is a backend that is not there', async () => {
  {
    await using _backend = await backend((_message, response) => response.end('fine'));
    const { message } = await upgrade('websocket');
    expect(message.statusCode).toBe(500);
    expect(await text(message)).toContain('invalid upgrade response: status code 200');
  }
  const { message } = await upgrade('websocket');
  expect(message.statusCode).toBe(503);
  expect(await text(message)).toContain('connect: connection refused');
});

test('what is not there is answered before any connection is made', async () => {
  dial = () => expect.unreachable();
  const { message } = await upgrade('websocket', '/api/v1/namespaces/default/pods/none/proxy/');
  expect(message.statusCode).toBe(404);
});
