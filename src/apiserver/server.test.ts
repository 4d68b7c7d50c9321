import { expect, test } from 'vitest';
import { call } from '../testing/api-requests.ts';
import { startInProcessCluster } from '../testing/in-process-cluster.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const configMap = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, labels },
  data,
});
const MERGE = { 'content-type': 'application/merge-patch+json' };

test('an object is created, read, replaced, patched and deleted', async () => {
  await using cluster = await startInProcessCluster();
  const { server } = cluster;
  const created = await call(server, 'POST', CONFIG_MAPS, { body: configMap('a', { k: '1' }) });
  expect(created).toMatchObject({ status: 201, json: { data: { k: '1' } } });
  const again = await call(server, 'POST', CONFIG_MAPS, { body: configMap('a') });
  expect(again.json).toMatchObject({ reason: 'AlreadyExists', message: 'configmaps "a" already exists' });
  const put = await call(server, 'PUT', `${CONFIG_MAPS}/a`, { body: configMap('a', { k: '2' }) });
  expect(put).toMatchObject({
    status: 200,
    json: { metadata: { uid: created.json.metadata.uid }, data: { k: '2' } },
  });
  const patched = await call(server, 'PATCH', `${CONFIG_MAPS}/a`, {
    headers: MERGE,
    body: { data: { l: '3' } },
  });
  expect(patched.json.data).toEqual({ k: '2', l: '3' });
  const deleted = await call(server, 'DELETE', `${CONFIG_MAPS}/a`);
  expect(deleted.json).toMatchObject({ kind: 'Status', status: 'Success' });
  expect(await call(server, 'GET', `${CONFIG_MAPS}/a`)).toMatchObject({
    status: 404,
    json: { reason: 'NotFound' },
  });
});

test('a write that changes nothing keeps the resourceVersion', async () => {
  await using cluster = await startInProcessCluster();
  const created = await call(cluster.server, 'POST', CONFIG_MAPS, { body: configMap('a', { k: '1' }) });
  const same = await call(cluster.server, 'PATCH', `${CONFIG_MAPS}/a`, {
    headers: MERGE,
    body: { data: { k: '1' } },
  });
  expect(same.json.metadata.resourceVersion).toBe(created.json.metadata.resourceVersion);
});

test('a dry run answers as the real thing and stores nothing', async () => {
  await using cluster = await startInProcessCluster();
  const dry = await call(cluster.server, 'POST', `${CONFIG_MAPS}?dryRun=All`, { body: configMap('a') });
  expect(dry.status).toBe(201);
  expect((await call(cluster.server, 'GET', `${CONFIG_MAPS}/a`)).status).toBe(404);
});

test('pages of one list are of one revision, whatever is written between them', async () => {
  await using cluster = await startInProcessCluster();
  const { server } = cluster;
  for (const name of ['a', 'b', 'c', 'd']) await call(server, 'POST', CONFIG_MAPS, { body: configMap(name) });
  const first = await call(server, 'GET', `${CONFIG_MAPS}?limit=2`);
  expect(first.json.metadata.remainingItemCount).toBe(2);
  await call(server, 'DELETE', `${CONFIG_MAPS}/c`);
  await call(server, 'POST', CONFIG_MAPS, { body: configMap('bb') });
  const token = encodeURIComponent(first.json.metadata.continue ?? '');
  const second = await call(server, 'GET', `${CONFIG_MAPS}?limit=2&continue=${token}`);
  expect(second.json.items?.map(item => item.metadata.name)).toEqual(['c', 'd']);
  expect(second.json.metadata.resourceVersion).toBe(first.json.metadata.resourceVersion);
});

test('a watch with a selector sees objects come into it and leave it', async () => {
  await using cluster = await startInProcessCluster();
  const { server } = cluster;
  const { json } = await call(server, 'GET', CONFIG_MAPS);
  const stop = new AbortController();
  const target = `${CONFIG_MAPS}?watch=true&labelSelector=on%3Dyes&resourceVersion=${json.metadata.resourceVersion}`;
  const watching = call(server, 'GET', target, { signal: stop.signal });
  await new Promise(resolve => setImmediate(resolve));
  await call(server, 'POST', CONFIG_MAPS, { body: configMap('a') });
  const label = (on: string) =>
    call(server, 'PATCH', `${CONFIG_MAPS}/a`, { headers: MERGE, body: { metadata: { labels: { on } } } });
  await label('yes');
  await label('no');
  stop.abort();
  const types = (await watching).text
    .trim()
    .split('\n')
    .map(line => (JSON.parse(line) as { type: string }).type);
  expect(types).toEqual(['ADDED', 'DELETED']);
});

test('initial events end with a bookmark that says so', async () => {
  await using cluster = await startInProcessCluster();
  const stop = new AbortController();
  await call(cluster.server, 'POST', CONFIG_MAPS, { body: configMap('a') });
  const target = `${CONFIG_MAPS}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`;
  const watching = call(cluster.server, 'GET', target, { signal: stop.signal });
  await new Promise(resolve => setImmediate(resolve));
  stop.abort();
  const lines = (await watching).text.trim().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain('"k8s.io/initial-events-end":"true"');
});

test.each([
  ['GET', '/apis/none/v1', 404, 'text/plain; charset=utf-8'],
  ['GET', '/api/v1/nothings', 404, 'application/json'],
  ['POST', '/api/v1/namespaces/default/configmaps/a', 405, 'application/json'],
  ['GET', '/api/v1/namespaces/default/configmaps/..', 400, 'application/json'],
])('%s %s is %i in %s', async (method, target, status, contentType) => {
  await using cluster = await startInProcessCluster();
  expect(await call(cluster.server, method, target)).toMatchObject({ status, contentType });
});

test('a body in an unknown format is 415, an Accept header nobody can meet 406', async () => {
  await using cluster = await startInProcessCluster();
  const xml = await call(cluster.server, 'POST', CONFIG_MAPS, {
    headers: { 'content-type': 'text/xml' },
    body: '<a/>',
  });
  expect(xml).toMatchObject({ status: 415, json: { reason: 'UnsupportedMediaType' } });
  const html = await call(cluster.server, 'GET', CONFIG_MAPS, { headers: { accept: 'text/html' } });
  expect(html).toMatchObject({ status: 406, json: { reason: 'NotAcceptable' } });
});

test('YAML is read and written', async () => {
  await using cluster = await startInProcessCluster();
  const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: v\n';
  const headers = { 'content-type': 'application/yaml', accept: 'application/yaml' };
  const created = await call(cluster.server, 'POST', CONFIG_MAPS, { headers, body: yaml });
  expect(created).toMatchObject({ status: 201, contentType: 'application/yaml' });
  expect(created.text).toContain('k: v');
});

test('a Table has the columns kubectl prints', async () => {
  await using cluster = await startInProcessCluster();
  await call(cluster.server, 'POST', CONFIG_MAPS, { body: configMap('a', { k: 'v' }) });
  const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };
  const { json } = await call(cluster.server, 'GET', CONFIG_MAPS, { headers });
  expect(json.columnDefinitions?.map(c => c.name)).toEqual(['Name', 'Data', 'Age']);
  expect(json.rows?.map(r => r.cells.slice(0, 2))).toEqual([['a', 1]]);
});

test('unknown fields are warned of, refused or ignored, as the client asks', async () => {
  await using cluster = await startInProcessCluster();
  const body = { ...configMap('a'), bogus: 1 };
  const warned = await call(cluster.server, 'POST', `${CONFIG_MAPS}?dryRun=All`, { body });
  expect(warned.warnings).toEqual(['unknown field "bogus"']);
  const strict = await call(cluster.server, 'POST', `${CONFIG_MAPS}?fieldValidation=Strict`, { body });
  expect(strict).toMatchObject({ status: 400, json: { reason: 'BadRequest' } });
  const ignored = await call(cluster.server, 'POST', `${CONFIG_MAPS}?fieldValidation=Ignore`, { body });
  expect(ignored).toMatchObject({ status: 201, warnings: [] });
});

test('an anonymous user sees the version and health, and nothing else', async () => {
  await using cluster = await startInProcessCluster();
  const as = { user: null };
  expect((await call(cluster.server, 'GET', '/version', as)).status).toBe(200);
  expect((await call(cluster.server, 'GET', '/livez?verbose', as)).text).toContain('[+]ping ok');
  const refused = await call(cluster.server, 'GET', '/api/v1/nodes', as);
  expect(refused.json.message).toBe(
    'nodes is forbidden: User "system:anonymous" cannot list resource "nodes" in API group "" at the cluster scope',
  );
});

test('an administrator acts as another user, who may do no more than themselves', async () => {
  await using cluster = await startInProcessCluster();
  const headers = { 'impersonate-user': 'bob' };
  expect((await call(cluster.server, 'GET', '/apis', { headers })).status).toBe(200);
  expect((await call(cluster.server, 'GET', CONFIG_MAPS, { headers })).status).toBe(403);
  const bob = { name: 'bob', groups: [] };
  const cannot = await call(cluster.server, 'GET', '/apis', {
    headers: { 'impersonate-user': 'eve' },
    user: bob,
  });
  expect(cannot.status).toBe(403);
});

test('who acts as another user may have all that makes the user up', async () => {
  await using cluster = await startInProcessCluster();
  const headers = {
    'impersonate-user': 'bob',
    'impersonate-uid': '7',
    'impersonate-group': 'dev',
    'Impersonate-Extra-Scopes': 'view',
    'impersonate-extra-example.com%2froom': 'B12',
  };
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const { json } = await call(cluster.server, 'POST', path, { headers, body: {} });
  expect(json.status).toEqual({
    userInfo: {
      username: 'bob',
      uid: '7',
      groups: ['dev', 'system:authenticated'],
      extra: { scopes: ['view'], 'example.com/room': ['B12'] },
    },
  });
});

test('a token of a service account is believed while the account exists', async () => {
  await using cluster = await startInProcessCluster();
  const { server } = cluster;
  const accounts = '/api/v1/namespaces/default/serviceaccounts';
  await call(server, 'POST', accounts, { body: { metadata: { name: 'robot' } } });
  const issued = await call(server, 'POST', `${accounts}/robot/token`, { body: { spec: {} } });
  const { token } = issued.json.status as { token: string };
  const as = { user: null, headers: { authorization: `Bearer ${token}` } };
  const review = await call(server, 'POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    ...as,
    body: {},
  });
  expect(review.json.status).toMatchObject({ userInfo: { username: 'system:serviceaccount:default:robot' } });
  await call(server, 'DELETE', `${accounts}/robot`);
  expect((await call(server, 'GET', '/apis', as)).status).toBe(401);
});

test('a pod that was bound is only marked by a delete; one that was not is gone', async () => {
  await using cluster = await startInProcessCluster();
  const { server } = cluster;
  await call(server, 'POST', '/api/v1/namespaces/default/serviceaccounts', {
    body: { metadata: { name: 'default' } },
  });
  const pods = '/api/v1/namespaces/default/pods';
  const pod = (name: string) => ({ metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }] } });
  await call(server, 'POST', pods, { body: pod('bound') });
  await call(server, 'POST', pods, { body: pod('waiting') });
  const binding = { metadata: { name: 'bound' }, target: { kind: 'Node', name: 'n' } };
  expect((await call(server, 'POST', `${pods}/bound/binding`, { body: binding })).status).toBe(201);
  const marked = await call(server, 'DELETE', `${pods}/bound`);
  expect(marked.json.metadata).toMatchObject({ deletionGracePeriodSeconds: 30, generation: 2 });
  const gone = await call(server, 'DELETE', `${pods}/waiting`);
  expect(gone.json.metadata.deletionGracePeriodSeconds).toBe(0);
  const left = await call(server, 'GET', pods);
  expect(left.json.items?.map(item => item.metadata.name)).toEqual(['bound']);
});

test('two Services never get the same address, and one that is taken is refused', async () => {
  await using cluster = await startInProcessCluster();
  const { server } = cluster;
  const services = '/api/v1/namespaces/default/services';
  const service = (name: string, spec: object = {}) => ({
    metadata: { name },
    spec: { ports: [{ port: 80 }], ...spec },
  });
  const made = await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      call(server, 'POST', services, { body: service(`s${i}`, { type: 'NodePort' }) }),
    ),
  );
  const addresses = made.map(answer => answer.json.spec?.['clusterIP']);
  expect(new Set(addresses).size).toBe(40);
  const nodePorts = made.map(
    answer => (answer.json.spec?.['ports'] as { nodePort: number }[] | undefined)?.[0]?.nodePort,
  );
  expect(new Set(nodePorts).size).toBe(40);
  const taken = await call(server, 'POST', services, { body: service('again', { clusterIP: addresses[0] }) });
  expect(taken).toMatchObject({ status: 422 });
  expect(taken.json.message).toContain('provided IP is already allocated');
  await call(server, 'DELETE', `${services}/s0`);
  expect(
    (await call(server, 'POST', services, { body: service('again', { clusterIP: addresses[0] }) })).status,
  ).toBe(201);
});

test('a Table watch gives its columns once, and bookmarks without rows', async () => {
  await using cluster = await startInProcessCluster();
  for (const name of ['a', 'b']) await call(cluster.server, 'POST', CONFIG_MAPS, { body: configMap(name) });
  const stop = new AbortController();
  const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  const options =
    'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  const watching = call(cluster.server, 'GET', `${CONFIG_MAPS}?${options}`, { headers, signal: stop.signal });
  await new Promise(resolve => setImmediate(resolve));
  stop.abort();
  const events = (await watching).text
    .trim()
    .split('\n')
    .map(
      line =>
        JSON.parse(line) as {
          type: string;
          object: { rows: unknown[]; columnDefinitions: unknown[] | null };
        },
    );
  expect(
    events.map(({ type, object }) => [type, object.rows.length, object.columnDefinitions?.length]),
  ).toEqual([
    ['ADDED', 1, 3],
    ['ADDED', 1, undefined],
    ['BOOKMARK', 0, undefined],
  ]);
});
