/** How the OpenAPI documents are served: by their hash, in JSON and protobuf. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from '../../src/testing/api-requests.ts';
import { type InProcessCluster, startInProcessCluster } from '../../src/testing/in-process-cluster.ts';

const PROTOBUF_V2 = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const PROTOBUF_V3 = 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf';

let cluster: InProcessCluster;
beforeAll(async () => {
  cluster = await startInProcessCluster();
});
afterAll(async () => await cluster.close());

const get = async (path: string, headers: Readonly<Record<string, string>> = {}) =>
  await call(cluster.server, 'GET', path, { headers });

test('a document asked for by its hash may be kept for ever', async () => {
  const index = (await get('/openapi/v3')).json.paths as Readonly<
    Record<string, { serverRelativeURL: string }>
  >;
  const url = index['apis/apps/v1']?.serverRelativeURL ?? '';
  const { headers, status } = await get(url);
  expect([status, headers['cache-control'], headers['vary']]).toEqual([200, 'public, immutable', 'Accept']);
  expect(Date.parse(headers['expires'] ?? '')).toBeGreaterThan(Date.now() + 360 * 24 * 3600 * 1000);
  expect(headers['etag']).toBe(`"${new URL(url, 'https://server').searchParams.get('hash')}"`);
  expect(await get(url, { 'if-none-match': headers['etag'] ?? '' })).toMatchObject({
    status: 304,
    text: '',
  });
});

test('a hash that is no longer right leads to the one that is', async () => {
  const answer = await get('/openapi/v3/apis/apps/v1?hash=0123');
  expect(answer.status).toBe(301);
  expect((await get(answer.headers['location'] ?? '')).status).toBe(200);
});

test('the v2 document and the index are told by their hash too', async () => {
  for (const path of ['/openapi/v2', '/openapi/v3']) {
    const { headers } = await get(path);
    expect(await get(path, { 'if-none-match': headers['etag'] ?? '' })).toMatchObject({
      status: 304,
      text: '',
    });
  }
});

test('protobuf is told by a media type of its own, JSON is what is given without a wish', async () => {
  const json = 'application/json';
  const cases = [
    ['/openapi/v2', 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf', PROTOBUF_V2],
    ['/openapi/v2', `${PROTOBUF_V2}, ${json}`, PROTOBUF_V2],
    ['/openapi/v2', `${PROTOBUF_V2};q=0.5, ${json}`, json],
    ['/openapi/v2', PROTOBUF_V3, undefined],
    ['/openapi/v3/apis/apps/v1', PROTOBUF_V3, PROTOBUF_V3],
    ['/openapi/v3/apis/apps/v1', '*/*', json],
    ['/openapi/v3/apis/apps/v1', '', json],
    ['/openapi/v3', PROTOBUF_V3, json],
  ] as const;
  for (const [path, accept, expected] of cases) {
    const { contentType, status } = await get(path, { accept });
    expect([contentType, status], `${path} ${accept}`).toEqual([expected, expected ? 200 : 406]);
  }
});

test('a form that is not to be had is 406', async () => {
  expect((await get('/openapi/v2', { accept: 'text/html' })).status).toBe(406);
  expect((await get('/openapi/v3/apis/apps/v1', { accept: 'text/html' })).status).toBe(406);
  for (const name of ['apis/none/v1', 'v2', 'index', ''])
    expect((await get(`/openapi/v3/${name}`)).status, name).toBe(404);
});
