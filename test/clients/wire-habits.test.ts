/**
 * What clients in other languages rely on without saying so, over a real connection: how the Java
 * (OkHttp), Rust (kube, hyper), Go (client-go) and Python (urllib3) clients write their requests
 * and read the answers. Python's own is in python.root.test.ts.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:http2';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DevApiServer, startDevApiServer } from '../../src/testing/dev-api-server.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
let dir = '';
let dev: DevApiServer;
let tls: { cert: string; key: string; ca: string };
/** One connection for all: a client's pool. */
let agent: Agent;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peapod-habits-'));
  dev = await startDevApiServer(dir);
  const read = (path: string) => readFile(path, 'utf8');
  tls = {
    cert: await read(dev.certificate),
    key: await read(dev.key),
    ca: await read(join(dir, 'pki/ca.crt')),
  };
  agent = new Agent({ ...tls, keepAlive: true, maxSockets: 1 });
});
afterAll(async () => {
  agent.destroy();
  await dev.close();
  await rm(dir, { recursive: true, force: true });
});

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly chunks: readonly string[];
  readonly reused: boolean;
}

interface Sent {
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly until?: (text: string) => boolean;
}

function send(method: string, path: string, { body, headers = {}, until }: Sent = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${dev.url}${path}`, { agent, method, headers }, incoming => {
      const chunks: string[] = [];
      const done = () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text: chunks.join(''),
          chunks,
          reused: outgoing.reusedSocket,
        });
      incoming.on('data', (chunk: Buffer) => {
        chunks.push(chunk.toString());
        if (!until?.(chunks.join(''))) return;
        done();
        outgoing.destroy();
      });
      incoming.on('end', done);
    });
    outgoing.on('error', reject);
    // Node sends no length with a DELETE by itself.
    if (body !== undefined) outgoing.setHeader('content-length', Buffer.byteLength(body));
    outgoing.end(body);
  });
}

const map = (name: string, data: object = {}) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
const JSON_UTF8 = { 'content-type': 'application/json; charset=UTF-8' };
const dataOf = ({ text }: Reply) => (JSON.parse(text) as { data?: Record<string, string> }).data;

test('a connection serves on after every kind of answer, errors with unread bodies too', async () => {
  await send('GET', '/version');
  const replies = [
    await send('POST', MAPS, { body: map('kept'), headers: JSON_UTF8 }),
    await send('POST', MAPS, { body: map('kept'), headers: JSON_UTF8 }),
    await send('POST', MAPS, { body: 'x'.repeat(100_000), headers: { 'content-type': 'text/plain' } }),
    await send('PUT', '/api/v1/nosuch/x', { body: 'x'.repeat(100_000), headers: JSON_UTF8 }),
    await send('POST', MAPS, { body: '{', headers: JSON_UTF8 }),
    await send('GET', `${MAPS}/kept`, { headers: { accept: 'application/xml' } }),
    await send('HEAD', '/readyz'),
    await send('GET', `${MAPS}?watch=true&timeoutSeconds=1&resourceVersion=0`),
    await send('DELETE', `${MAPS}/kept`, { headers: { 'content-length': '0' } }),
    await send('GET', '/readyz'),
  ];
  expect(replies.map(r => r.status)).toEqual([201, 409, 415, 404, 400, 406, 200, 200, 200, 200]);
  expect(replies.every(r => r.reused)).toBe(true);
});

test('a client that asks for the end of the connection gets it', async () => {
  const reply = await send('GET', '/version', { headers: { connection: 'close' } });
  expect(reply.headers['connection']).toBe('close');
});

test('patches are known by their type, whatever its case and parameters', async () => {
  await send('POST', MAPS, { body: map('p', { a: '1' }), headers: JSON_UTF8 });
  const patch = async (type: string, body: string, query = '') =>
    dataOf(await send('PATCH', `${MAPS}/p${query}`, { body, headers: { 'content-type': type } }));
  expect(await patch('application/json-patch+json', '[{"op":"add","path":"/data/b","value":"2"}]')).toEqual({
    a: '1',
    b: '2',
  });
  expect(await patch('application/merge-patch+json; charset=utf-8', '{"data":{"a":null}}')).toEqual({
    b: '2',
  });
  expect(await patch('Application/Strategic-Merge-Patch+JSON', '{"data":{"c":"3"}}')).toEqual({
    b: '2',
    c: '3',
  });
  // kube-rs and Java apply JSON under the name of YAML; people write YAML.
  const query = '?fieldManager=habits&force=true';
  expect(await patch('application/apply-patch+yaml', map('p', { d: '4' }), query)).toEqual({
    b: '2',
    c: '3',
    d: '4',
  });
  const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: p\ndata:\n  e: "5"\n';
  expect(await patch('application/apply-patch+yaml', yaml, query)).toEqual({ b: '2', c: '3', e: '5' });
});

test('a watch comes in chunks as things happen, one whole line an event, without a length', async () => {
  const { headers, chunks } = await send(
    'GET',
    `${MAPS}?watch=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan`,
    {
      until: text => text.includes('BOOKMARK'),
    },
  );
  expect(headers).toMatchObject({ 'transfer-encoding': 'chunked', 'content-type': 'application/json' });
  expect(headers['content-length']).toBeUndefined();
  const lines = chunks
    .join('')
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as { type: string; object: { kind: string } });
  expect(lines.at(-1)).toMatchObject({
    type: 'BOOKMARK',
    object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
  });
  expect(
    lines.slice(0, -1).every(({ type, object }) => type === 'ADDED' && object.kind === 'ConfigMap'),
  ).toBe(true);
});

test.each([
  [
    'as client-go asks for tables',
    'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json',
    'Table',
  ],
  [
    'as kube asks for metadata',
    'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
    'PartialObjectMetadataList',
  ],
  ['as OkHttp asks', 'application/json', 'ConfigMapList'],
  ['as urllib3 asks', '*/*', 'ConfigMapList'],
  ['as browsers ask', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'ConfigMapList'],
  ['as clients of formats to come ask', 'application/cbor,application/json;q=0.9', 'ConfigMapList'],
])('lists are answered %s', async (_who, accept, kind) => {
  const { status, text } = await send('GET', MAPS, { headers: { accept } });
  expect([status, (JSON.parse(text) as { kind: string }).kind]).toEqual([200, kind]);
});

test('options of a delete are in its body or its query', async () => {
  for (const name of ['d1', 'd2', 'd3']) await send('POST', MAPS, { body: map(name), headers: JSON_UTF8 });
  const options = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'other' } };
  expect(
    (await send('DELETE', `${MAPS}/d1`, { body: JSON.stringify(options), headers: JSON_UTF8 })).status,
  ).toBe(409);
  // Java and kube leave out apiVersion and kind.
  const bare = JSON.stringify({ propagationPolicy: 'Background' });
  expect((await send('DELETE', `${MAPS}/d1`, { body: bare, headers: JSON_UTF8 })).status).toBe(200);
  expect((await send('DELETE', `${MAPS}/d2?propagationPolicy=Foreground&gracePeriodSeconds=0`)).status).toBe(
    200,
  );
  expect((await send('DELETE', `${MAPS}/d3?dryRun=All`)).status).toBe(200);
  expect((await send('GET', `${MAPS}/d3`)).status).toBe(200);
});

test('one HTTP/2 connection carries a watch and the writes it tells of', async () => {
  const session = connect(dev.url, tls);
  const watch = session.request({ ':path': `${MAPS}?watch=true&fieldSelector=metadata.name%3Dmux` });
  let seen = '';
  watch.on('data', (chunk: Buffer) => (seen += chunk.toString()));
  for (const n of [1, 2, 3]) {
    const write = session.request({
      ':method': n === 1 ? 'POST' : 'PUT',
      ':path': n === 1 ? MAPS : `${MAPS}/mux`,
      'content-type': 'application/json',
    });
    write.end(map('mux', { n: String(n) }));
    await new Promise(resolve => write.on('close', resolve).resume());
  }
  const events = () => [...seen.matchAll(/"type":"(\w+)"/g)].map(([, type]) => type);
  await expect.poll(events).toEqual(['ADDED', 'MODIFIED', 'MODIFIED']);
  watch.close();
  session.destroy();
});
