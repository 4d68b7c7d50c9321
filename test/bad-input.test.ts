// Bad input at the API server's door, over real sockets: each gets the answer Kubernetes gives, nothing
// is lost, and other clients do not notice.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type DevApiServer, startDevApiServer } from '../src/testing/dev-api-server.ts';

interface Answer {
  readonly code: number;
  readonly body: {
    reason?: string;
    message?: string;
    code?: number;
    kind?: string;
    metadata?: { name?: string };
  };
}

const MAPS = '/api/v1/namespaces/default/configmaps';
const JSON_TYPE = 'application/json';

describe('bad input', () => {
  let dir: string;
  let server: DevApiServer;
  let tls: { cert: string; key: string; rejectUnauthorized: false };
  let port: number;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'peapod-bad-'));
    server = await startDevApiServer(dir);
    port = Number(new URL(server.url).port);
    const user = (
      JSON.parse(readFileSync(server.kubeconfig, 'utf8')) as { users: { user: Record<string, string> }[] }
    ).users[0]?.user;
    const pem = (field: string) => Buffer.from(user?.[field] ?? '', 'base64').toString();
    tls = { cert: pem('client-certificate-data'), key: pem('client-key-data'), rejectUnauthorized: false };
  });
  afterAll(async () => {
    await server.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const send = (method: string, path: string, body?: string, type = JSON_TYPE): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        { ...tls, host: '127.0.0.1', port, method, path, headers: { 'Content-Type': type } },
        response => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString()));
          response.on('end', () => {
            try {
              resolve({ code: response.statusCode ?? 0, body: JSON.parse(text) as Answer['body'] });
            } catch {
              resolve({ code: response.statusCode ?? 0, body: { message: text } });
            }
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  const map = (name: string, extra: object = {}) =>
    JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...extra });
  const open = (): Promise<TLSSocket> =>
    new Promise((resolve, reject) => {
      const socket = connect({ ...tls, host: '127.0.0.1', port, ALPNProtocols: ['http/1.1'] }, () =>
        resolve(socket),
      );
      socket.on('error', reject);
    });
  const stillServes = async (name: string) => {
    expect((await send('POST', MAPS, map(name))).code).toBe(201);
    expect((await send('GET', `${MAPS}/${name}`)).body.metadata?.name).toBe(name);
  };

  test.each([
    ['malformed JSON', 'POST', MAPS, '{"apiVersion": "v1", "kind": ', JSON_TYPE, 400, 'BadRequest'],
    [
      'malformed YAML',
      'POST',
      MAPS,
      'apiVersion: v1\nkind: [ConfigMap\n',
      'application/yaml',
      400,
      'BadRequest',
    ],
    ['an empty body', 'POST', MAPS, '', JSON_TYPE, 400, 'BadRequest'],
    [
      'another kind',
      'POST',
      MAPS,
      '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}}',
      JSON_TYPE,
      400,
      'BadRequest',
    ],
    [
      'an unknown version',
      'POST',
      MAPS,
      '{"apiVersion":"v9","kind":"ConfigMap","metadata":{"name":"a"}}',
      JSON_TYPE,
      400,
      'BadRequest',
    ],
    [
      'a wrong type',
      'POST',
      MAPS,
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":["x"]}',
      JSON_TYPE,
      400,
      'BadRequest',
    ],
    [
      'an unknown field, asked strictly',
      'POST',
      `${MAPS}?fieldValidation=Strict`,
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"dta":{}}',
      JSON_TYPE,
      400,
      'BadRequest',
    ],
    [
      'a bad name',
      'POST',
      MAPS,
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"A_b"}}',
      JSON_TYPE,
      422,
      'Invalid',
    ],
    ['an unknown media type', 'POST', MAPS, 'x', 'text/csv', 415, 'UnsupportedMediaType'],
    [
      'an unknown resource',
      'GET',
      '/api/v1/namespaces/default/nosuch',
      undefined,
      JSON_TYPE,
      404,
      'NotFound',
    ],
    [
      'a version that is gone',
      'GET',
      '/apis/apps/v1beta1/deployments',
      undefined,
      JSON_TYPE,
      404,
      'NotFound',
    ],
    [
      'malformed YAML in a patch',
      'PATCH',
      `${MAPS}/a?fieldManager=x`,
      'a: [',
      'application/apply-patch+yaml',
      400,
      'BadRequest',
    ],
    ['an unknown patch type', 'PATCH', `${MAPS}/a`, '{}', JSON_TYPE, 415, 'UnsupportedMediaType'],
    ['a wrong method', 'POST', `${MAPS}/a`, '{}', JSON_TYPE, 405, 'MethodNotAllowed'],
    ['an object that is not there', 'GET', `${MAPS}/nosuch`, undefined, JSON_TYPE, 404, 'NotFound'],
    [
      'a selector that cannot be read',
      'GET',
      `${MAPS}?labelSelector=a%20b`,
      undefined,
      JSON_TYPE,
      400,
      'BadRequest',
    ],
    [
      'a field that cannot be selected',
      'GET',
      `${MAPS}?fieldSelector=data.x%3D1`,
      undefined,
      JSON_TYPE,
      400,
      'BadRequest',
    ],
    [
      'a resourceVersion that is no number',
      'GET',
      `${MAPS}?watch=1&resourceVersion=abc`,
      undefined,
      JSON_TYPE,
      400,
      'BadRequest',
    ],
  ])('%s is refused', async (_what, method, path, body, type, code, reason) => {
    const answer = await send(method, path, body, type);
    expect([answer.code, answer.body.kind, answer.body.reason]).toEqual([code, 'Status', reason]);
    expect(answer.body.message).toBeTruthy();
  });

  test('an old resourceVersion is a conflict, and changes nothing', async () => {
    const created = await send('POST', MAPS, map('versioned', { data: { a: '1' } }));
    const old = JSON.parse(JSON.stringify(created.body)) as { metadata: { resourceVersion: string } };
    await send('PATCH', `${MAPS}/versioned`, '{"data":{"a":"2"}}', 'application/merge-patch+json');
    const answer = await send('PUT', `${MAPS}/versioned`, JSON.stringify({ ...old, data: { a: '3' } }));
    expect([answer.code, answer.body.reason]).toEqual([409, 'Conflict']);
    const now = (await send('GET', `${MAPS}/versioned`)).body as { data?: { a?: string } };
    expect(now.data?.a).toBe('2');
  });

  test('a patch that does not apply says so, and changes nothing', async () => {
    await send('POST', MAPS, map('patched', { data: { a: '1' } }));
    const failed = await send(
      'PATCH',
      `${MAPS}/patched`,
      '[{"op":"test","path":"/data/a","value":"2"}]',
      'application/json-patch+json',
    );
    expect([failed.code, failed.body.reason]).toEqual([422, 'Invalid']);
    const missing = await send(
      'PATCH',
      `${MAPS}/patched`,
      '[{"op":"remove","path":"/data/b"}]',
      'application/json-patch+json',
    );
    expect(missing.code).toBe(422);
    for (const [body, type] of [
      ['{"data": ', 'merge-patch+json'],
      ['{"op":"add"}', 'json-patch+json'],
      ['"text"', 'strategic-merge-patch+json'],
    ] as const) {
      const malformed = await send('PATCH', `${MAPS}/patched`, body, `application/${type}`);
      expect([malformed.code, malformed.body.kind, malformed.body.reason]).toEqual([
        400,
        'Status',
        'BadRequest',
      ]);
    }
    const now = (await send('GET', `${MAPS}/patched`)).body as { data?: { a?: string } };
    expect(now.data?.a).toBe('1');
  });

  test('objects that are too large are refused: above 1.5 MB to store, above 3 MB to read', async () => {
    const finalizers = Array.from(
      { length: 28_000 },
      (_, i) => `example.com/${String(i).padStart(6, '0')}-${'x'.repeat(50)}`,
    );
    const big = await send(
      'POST',
      MAPS,
      JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'big', finalizers } }),
    );
    expect([big.code, big.body.reason]).toEqual([413, 'RequestEntityTooLarge']);
    // What etcd says, which clients look for.
    expect(big.body.message).toMatch(/request is too large|send message larger than max/);
    const huge = await send('POST', MAPS, map('huge', { data: { a: 'x'.repeat(3_200_000) } }));
    expect([huge.code, huge.body.reason]).toEqual([413, 'RequestEntityTooLarge']);
    await stillServes('after-large');
  });

  test('a client that stops half-way through its request holds up nobody', async () => {
    const silent = await open();
    silent.write(
      `POST ${MAPS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"apiVersion"`,
    );
    const garbage = await open();
    garbage.write('\x00\x01\x02 not http at all\r\n\r\n');
    await stillServes('beside-silent');
    silent.destroy();
    garbage.destroy();
    await stillServes('after-silent');
  });

  test('a watcher that does not read is ended, and goes on where it was; others see every event', async () => {
    const watch = (socket: TLSSocket, more = '') =>
      socket.write(
        `GET ${MAPS}?watch=true&fieldSelector=metadata.name%3Dloud${more} HTTP/1.1\r\nHost: x\r\n\r\n`,
      );
    const slow = await open();
    slow.pause();
    watch(slow);
    const quick = await open();
    const seenByQuick = follow(quick);
    watch(quick);
    await send('POST', MAPS, map('loud'));
    const rounds = 60;
    for (let i = 1; i <= rounds; i++) {
      const body = JSON.stringify({ data: { round: String(i), filler: 'x'.repeat(600_000) } });
      expect((await send('PATCH', `${MAPS}/loud`, body, 'application/merge-patch+json')).code).toBe(200);
    }
    const last = JSON.stringify({ data: { round: 'end', filler: null } });
    await send('PATCH', `${MAPS}/loud`, last, 'application/merge-patch+json');
    const all = [...Array.from({ length: rounds }, (_, i) => String(i + 1)), 'end'];
    await vi.waitFor(() => expect(seenByQuick.rounds).toEqual(all), { timeout: 10_000 });
    // What was sent before the end is still in the socket's buffers; then the answer ends, cleanly.
    const seenBySlow = follow(slow);
    slow.resume();
    await vi.waitFor(() => expect(seenBySlow.tail).toBe('0\r\n\r\n'), { timeout: 10_000 });
    expect(seenBySlow.rounds.length).toBeLessThan(all.length);
    // From the version of the last event that came, a new watch tells the rest: none twice, none lost.
    const resumed = await open();
    const seenThen = follow(resumed);
    watch(resumed, `&resourceVersion=${seenBySlow.version}`);
    const rest = all.slice(seenBySlow.rounds.length);
    await vi.waitFor(() => expect(seenThen.rounds).toEqual(rest), { timeout: 10_000 });
    for (const socket of [slow, quick, resumed]) socket.destroy();
    await stillServes('after-slow');
  }, 60_000);
});

/** Reads a watch: the rounds its events tell, the version of the last one, the last bytes. */
function follow(socket: TLSSocket): { readonly rounds: string[]; version: string; tail: string } {
  const seen = { rounds: [] as string[], version: '', tail: '' };
  let carry = '';
  socket.on('data', (chunk: Buffer) => {
    const text = carry + chunk.toString('latin1');
    for (const [, name, value = ''] of text.matchAll(/"(round|resourceVersion)":"(\w+)"/g)) {
      if (name === 'resourceVersion') seen.version = value;
      else if (seen.rounds.at(-1) !== value) seen.rounds.push(value);
    }
    carry = text.slice(-100);
    seen.tail = text.slice(-5);
  });
  return seen;
}
