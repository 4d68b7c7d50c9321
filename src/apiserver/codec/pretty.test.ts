import { expect, test } from 'vitest';
import { call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';

test.each<[string, string, Record<string, string>, boolean]>([
  ['curl', '', { 'user-agent': 'curl/8' }, true],
  ['a browser', '', { 'user-agent': 'Mozilla/5.0 x' }, true],
  ['another client', '', { 'user-agent': 'Mozilla/5' }, false],
  ['who asks for it', '?pretty=T', {}, true],
  ['who asks for something else', '?pretty=x', { 'user-agent': 'curl/8' }, false],
  ['who asks for nothing', '?pretty', {}, false],
  ['who says so in the media type', '?pretty=0', { accept: 'application/json;pretty=1' }, true],
])('JSON for %s', async (_, query, headers, pretty) => {
  await using cluster = await startInProcessCluster();
  const paths = [MAPS, `${MAPS}/missing`, '/api/v1/namespaces/default', '/apis'];
  for (const path of paths) {
    const { text } = await call(cluster.server, 'GET', `${path}${query}`, { headers });
    expect(text, path).toMatch(pretty ? /^\{\n {2}"kind": [^]*[^\n]$/ : /^\{"kind":.*\n$/);
  }
});

test('the list of paths is for people', async () => {
  await using cluster = await startInProcessCluster();
  expect((await call(cluster.server, 'GET', '/')).text).toMatch(/^\{\n {2}"paths": \[\n {4}"/);
  expect((await call(cluster.server, 'HEAD', '/')).text).toBe('');
});
