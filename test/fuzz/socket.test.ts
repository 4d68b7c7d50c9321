/**
 * What never becomes a request of the API: bytes that are nearly HTTP, over TLS. Each connection gets
 * an answer below 500 or is closed, and the server goes on serving everybody else.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DevApiServer, startDevApiServer } from '../../src/testing/dev-api-server.ts';
import { Choices, ODD_STRINGS } from './choices.ts';

const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 4);
const SEED = Number(process.env['FUZZ_SEED'] ?? 4);
const HANG_MS = 20_000;
const MAPS = '/api/v1/namespaces/default/configmaps';
const BODY = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"a-"}}';
const JSON_TYPE = 'Content-Type: application/json';

/** Requests that are right, line by line. */
const REQUESTS: readonly (readonly string[])[] = [
  [`GET ${MAPS} HTTP/1.1`, 'Host: x', 'Accept: application/json', '', ''],
  [`POST ${MAPS} HTTP/1.1`, 'Host: x', JSON_TYPE, `Content-Length: ${BODY.length}`, '', BODY],
  [`POST ${MAPS} HTTP/1.1`, 'Host: x', JSON_TYPE, 'Transfer-Encoding: chunked', '', '2', '{}', '0', '', ''],
  [`PUT ${MAPS}/a HTTP/1.1`, 'Host: x', JSON_TYPE, 'Expect: 100-continue', 'Content-Length: 2', '', '{}'],
  [
    'GET /api/v1/namespaces/default/pods/p/exec?command=a&stdout=1 HTTP/1.1',
    'Host: x',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    'Sec-WebSocket-Protocol: v5.channel.k8s.io',
    '',
    '',
  ],
  [
    'POST /api/v1/namespaces/default/pods/p/portforward HTTP/1.1',
    'Host: x',
    'Connection: Upgrade',
    'Upgrade: SPDY/3.1',
    'Content-Length: 0',
    '',
    '',
  ],
  ['PRI * HTTP/2.0', '', 'SM', '', '\u0000\u0000\u0000\u0004\u0000\u0000\u0000\u0000\u0000'],
];
const HEADERS = [
  'Content-Length: -1',
  'Content-Length: 99999999999999999999',
  'Content-Length: 5\r\nContent-Length: 6',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: identity',
  'Connection: close, Upgrade',
  'Upgrade: h2c',
  'Expect: 200-ok',
  'Accept: \u00ff\u00fe',
  'Authorization: Bearer \u0001',
  ': empty',
  'X-\u0000: y',
  ' folded: x',
  `Cookie: ${'c'.repeat(20_000)}`,
  'Sec-WebSocket-Key: short',
  'Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.eA, v4.channel.k8s.io',
  'Host:',
  'Warning: 299',
];

function nearlyHttp(base: number, seed: number): Buffer {
  const choices = new Choices(seed);
  const lines = [...(REQUESTS[base % REQUESTS.length] as readonly string[])];
  for (let n = choices.below(4); n > 0; n--) {
    const at = choices.below(lines.length);
    const [line, odd] = [lines[at] ?? '', choices.of(ODD_STRINGS)];
    const changes = [
      [line, choices.of(HEADERS)],
      [line, choices.of(HEADERS)],
      [],
      [line, line],
      [`${line}${odd}`],
      [odd],
      [line.replace('/', odd)],
    ];
    lines.splice(at, 1, ...choices.of(changes));
  }
  const bytes = Buffer.from(lines.join('\r\n'), choices.chance(0.5) ? 'latin1' : 'utf8');
  for (let n = choices.below(3); n > 0 && bytes.length > 0; n--)
    bytes[choices.below(bytes.length)] = choices.below(256);
  return choices.chance(0.2) ? bytes.subarray(0, choices.below(bytes.length)) : bytes;
}

let dir = '';
let dev: DevApiServer;
let tls: { cert: string; key: string; ca: string };
const rejections: unknown[] = [];
const note = (reason: unknown) => rejections.push(reason);

beforeAll(async () => {
  process.on('unhandledRejection', note);
  process.on('uncaughtException', note);
  dir = mkdtempSync(join(tmpdir(), 'peapod-socket-'));
  dev = await startDevApiServer(dir);
  const read = (path: string) => readFileSync(path, 'utf8');
  tls = { cert: read(dev.certificate), key: read(dev.key), ca: read(join(dir, 'pki/ca.crt')) };
});
afterAll(async () => {
  process.off('unhandledRejection', note);
  process.off('uncaughtException', note);
  await dev.close();
  rmSync(dir, { recursive: true, force: true });
});

/** All that the server says to the bytes, until it or we end the connection. */
function say(bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const late = setTimeout(() => {
      socket.destroy();
      reject(
        new Error(
          `the connection was neither answered nor closed: ${JSON.stringify(bytes.toString('latin1').slice(0, 500))}`,
        ),
      );
    }, HANG_MS);
    const socket = connect(
      { ...tls, host: '127.0.0.1', port: Number(new URL(dev.url).port), ALPNProtocols: ['http/1.1'] },
      () => {
        socket.write(bytes);
        // A client that has said all: what was no whole request is not waited for.
        setTimeout(() => socket.end(), 5);
      },
    );
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(late);
      resolve(answer);
    });
  });
}

const ready = () =>
  new Promise<number | undefined>((resolve, reject) => {
    const outgoing = request(`${dev.url}/readyz`, { ...tls, agent: false }, response => {
      response.resume();
      resolve(response.statusCode);
    });
    outgoing.on('error', reject);
    outgoing.end();
  });

test(
  'bytes that are nearly HTTP hurt nobody',
  async () => {
    let said = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: 100 }), fc.nat()), { minLength: 1, maxLength: 8 }),
        async list => {
          const answers = await Promise.all(list.map(([base, seed]) => say(nearlyHttp(base, seed))));
          said += answers.length;
          for (const answer of answers) {
            const status = /^HTTP\/1\.[01] (\d+)/.exec(answer)?.[1];
            // 501 and 505 are Node's own words for what HTTP it does not speak.
            if (status !== undefined && !['501', '505'].includes(status))
              expect(Number(status), answer).toBeLessThan(500);
          }
          expect(await ready()).toBe(200);
          expect(rejections).toEqual([]);
        },
      ),
      {
        seed: SEED,
        numRuns: 1_000_000,
        interruptAfterTimeLimit: SECONDS * 1000,
        markInterruptAsFailure: false,
      },
    );
    console.log(`socket fuzz: seed ${SEED}, ${SECONDS} s, ${said} connections`);
    expect(said).toBeGreaterThan(5);
  },
  (SECONDS + 60) * 1000,
);
