/** Keys that JavaScript has a meaning for are keys like any other, whichever way they come. */
import { expect, test } from 'vitest';
import { call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';

const WORDS = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
const MAPS = '/api/v1/namespaces/default/configmaps';
const data = Object.fromEntries(WORDS.map(word => [word, `of ${word}`]));
const base = (extra: object) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' }, ...extra });

test.each([
  ['merge patch', 'application/merge-patch+json', JSON.stringify({ data })],
  ['strategic merge patch', 'application/strategic-merge-patch+json', JSON.stringify({ data })],
  ['apply', 'application/apply-patch+yaml', base({ data })],
  [
    'JSON patch',
    'application/json-patch+json',
    JSON.stringify([
      { op: 'add', path: '/data', value: {} },
      ...WORDS.map(word => ({ op: 'add', path: `/data/${word}`, value: data[word] })),
      ...WORDS.map(word => ({ op: 'test', path: `/data/${word}`, value: data[word] })),
    ]),
  ],
])('%s adds and removes them', async (_what, type, body) => {
  await using cluster = await startInProcessCluster();
  await call(cluster.server, 'POST', MAPS, { body: base({}) });
  const patch = (text: string, as = type) =>
    call(cluster.server, 'PATCH', `${MAPS}/m?fieldManager=test`, {
      body: text,
      headers: { 'content-type': as },
    });
  const patched = await patch(body);
  expect(patched.status).toBe(200);
  const { json, text } = await call(cluster.server, 'GET', `${MAPS}/m`);
  expect(new Map(Object.entries(json.data ?? {}))).toEqual(new Map(Object.entries(data)));
  // The same again is no change: neither is seen where there is none, nor missed where there is one.
  if (!type.includes('json-patch'))
    expect((await patch(body)).json.metadata.resourceVersion).toBe(json.metadata.resourceVersion);
  await call(cluster.server, 'PUT', `${MAPS}/m`, { body: text });
  const removed = `{"data":{${WORDS.map(word => `"${word}":null`).join(',')}}}`;
  expect((await patch(removed, 'application/merge-patch+json')).json.data).toBeUndefined();
  expect('polluted' in {}).toBe(false);
});

test('a label is only there when the object has it', async () => {
  await using cluster = await startInProcessCluster();
  await call(cluster.server, 'POST', MAPS, { body: base({}) });
  const selected = async (selector: string) =>
    (await call(cluster.server, 'GET', `${MAPS}?labelSelector=${encodeURIComponent(selector)}`)).json.items
      ?.length;
  expect(await selected('constructor')).toBe(0);
  expect(await selected('!constructor')).toBe(1);
  const headers = { 'content-type': 'application/merge-patch+json' };
  const labels = { constructor: 'x', toString: 'y' };
  await call(cluster.server, 'PATCH', `${MAPS}/m`, { headers, body: { metadata: { labels } } });
  expect(await selected('constructor=x,toString in (y,z)')).toBe(1);
});
