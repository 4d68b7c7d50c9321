import { expect, test } from 'vitest';
import { call, type Json } from '../../testing/api-requests.ts';
import { type InProcessCluster, startInProcessCluster } from '../../testing/in-process-cluster.ts';
import { type VirtualClock, virtualClock } from '../../testing/virtual-clock.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const WIDGETS = '/apis/example.com/v1/namespaces/default/widgets';

const version = (name: string, properties: object, more: object = {}) => ({
  name,
  served: true,
  storage: name === 'v1',
  schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } } },
  ...more,
});

const crd = (versions: readonly object[], names: object = {}, plural = 'widgets') => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.example.com` },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural, kind: 'Widget', shortNames: ['wd'], ...names },
    versions,
  },
});

const widget = (name: string, spec: object = {}, more: object = {}) => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name, ...more },
  spec,
});

const V1 = version('v1', { size: { type: 'integer', default: 1 }, color: { type: 'string' } });

/** After this, what belongs to a deleted definition is looked for. */
const CLEANUP_MS = 6_000;

async function start(...versions: readonly object[]): Promise<InProcessCluster & { clock: VirtualClock }> {
  const clock = virtualClock();
  const cluster = Object.assign(await startInProcessCluster({ clock }), { clock });
  const made = await call(cluster.server, 'POST', CRDS, { body: crd(versions.length > 0 ? versions : [V1]) });
  expect(made.status).toBe(201);
  await settled(cluster, `${CRDS}/widgets.example.com`, json => conditionsOf(json)['Established'] === 'True');
  return cluster;
}

/** Work of the server goes on between requests, without time: a few turns of the loop. */
async function settled(
  cluster: InProcessCluster,
  path: string,
  done: (json: Json) => boolean,
): Promise<Json> {
  for (let turn = 0; turn < 200; turn++) {
    const { json } = await call(cluster.server, 'GET', path);
    if (done(json)) return json;
    await new Promise(resolve => setImmediate(resolve));
  }
  throw new Error(`${path} does not settle`);
}

function conditionsOf(json: Json): Record<string, string> {
  const { conditions } = (json.status ?? {}) as { conditions?: { type: string; status: string }[] | null };
  return Object.fromEntries((conditions ?? []).map(c => [c.type, c.status]));
}

test('a definition makes a kind: created with defaults, listed, discovered, refused by its schema', async () => {
  await using cluster = await start();
  const { server } = cluster;
  const created = await call(server, 'POST', WIDGETS, { body: widget('a', { color: 'red', odd: 1 }) });
  expect(created).toMatchObject({ status: 201, warnings: ['unknown field "spec.odd"'] });
  expect(created.json.spec).toEqual({ color: 'red', size: 1 });
  const list = await call(server, 'GET', WIDGETS);
  expect(list.json).toMatchObject({ kind: 'WidgetList', items: [{ kind: 'Widget', spec: { size: 1 } }] });
  const groups = await call(server, 'GET', '/apis/example.com/v1');
  expect(groups.text).toContain('"name":"widgets"');
  const refused = await call(server, 'POST', WIDGETS, { body: widget('b', { size: 'big' }) });
  expect(refused).toMatchObject({ status: 422 });
  expect(refused.json.message).toContain('spec.size in body must be of type integer: "string"');
});

test('strategic merge patches and protobuf are not for custom resources', async () => {
  await using cluster = await start();
  await call(cluster.server, 'POST', WIDGETS, { body: widget('a') });
  const patch = await call(cluster.server, 'PATCH', `${WIDGETS}/a`, {
    body: {},
    headers: { 'content-type': 'application/strategic-merge-patch+json' },
  });
  expect(patch.status).toBe(415);
  const accept = { accept: 'application/vnd.kubernetes.protobuf' };
  expect((await call(cluster.server, 'GET', `${WIDGETS}/a`, { headers: accept })).status).toBe(406);
});

test('each version shows what its own schema knows', async () => {
  await using cluster = await start(V1, version('v2', { color: { type: 'string' } }));
  await call(cluster.server, 'POST', WIDGETS, { body: widget('a', { size: 3, color: 'red' }) });
  const other = await call(cluster.server, 'GET', '/apis/example.com/v2/namespaces/default/widgets/a');
  expect(other.json).toMatchObject({ apiVersion: 'example.com/v2', spec: { color: 'red' } });
  expect(other.json.spec).toEqual({ color: 'red' });
});

test('status and scale are subresources where the definition says so', async () => {
  const subresources = {
    status: {},
    scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' },
  };
  await using cluster = await start({ ...V1, subresources });
  const { server } = cluster;
  await call(server, 'POST', WIDGETS, { body: { ...widget('a'), status: { size: 9 } } });
  const scaled = await call(server, 'PATCH', `${WIDGETS}/a/scale`, {
    body: { spec: { replicas: 5 } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  expect(scaled.json.spec).toEqual({ replicas: 5 });
  const read = await call(server, 'GET', `${WIDGETS}/a`);
  expect(read.json).toMatchObject({ spec: { size: 5 }, metadata: { generation: 2 } });
  expect(read.json.status).toBeUndefined();
});

test('a name is given once: the second definition waits until the first has gone', async () => {
  await using cluster = await start();
  const second = crd([V1], { plural: 'gadgets', kind: 'Gadget' }, 'gadgets');
  await call(cluster.server, 'POST', CRDS, { body: second });
  const path = `${CRDS}/gadgets.example.com`;
  const waiting = await settled(cluster, path, json => 'Established' in conditionsOf(json));
  expect(conditionsOf(waiting)).toMatchObject({ NamesAccepted: 'False', Established: 'False' });
  await call(cluster.server, 'DELETE', `${CRDS}/widgets.example.com`);
  await cluster.clock.advance(CLEANUP_MS);
  await settled(cluster, path, json => conditionsOf(json)['Established'] === 'True');
});

test('a deleted definition goes even when its status is wrong by now', async () => {
  await using cluster = await start();
  const { server } = cluster;
  const path = `${CRDS}/widgets.example.com`;
  const changed = await call(server, 'PATCH', `${path}/status`, {
    body: { status: { storedVersions: ['v9'] } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  expect(changed.status).toBe(200);
  await call(server, 'DELETE', path);
  await cluster.clock.advance(CLEANUP_MS);
  await settled(cluster, path, json => json.reason === 'NotFound');
});

test('a deleted definition takes its instances with it, and waits for their finalizers', async () => {
  await using cluster = await start();
  const { server } = cluster;
  await call(server, 'POST', WIDGETS, { body: widget('a') });
  await call(server, 'POST', WIDGETS, { body: widget('kept', {}, { finalizers: ['example.com/x'] }) });
  const path = `${CRDS}/widgets.example.com`;
  const deleted = await call(server, 'DELETE', path);
  expect(conditionsOf(deleted.json)).toMatchObject({ Terminating: 'True' });
  await cluster.clock.advance(CLEANUP_MS);
  await settled(cluster, `${WIDGETS}/a`, json => json.reason === 'NotFound');
  const waiting = await call(server, 'GET', path);
  expect(waiting.text).toContain('"InstanceDeletionInProgress"');
  const late = await call(server, 'POST', WIDGETS, { body: widget('late') });
  expect(late.json.message).toContain('create not allowed while custom resource definition is terminating');
  await call(server, 'PATCH', `${WIDGETS}/kept`, {
    body: { metadata: { finalizers: null } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  await settled(cluster, path, json => json.reason === 'NotFound');
  expect(await call(server, 'GET', WIDGETS)).toMatchObject({ status: 404, text: '404 page not found\n' });
});

test('a changed schema is that of older objects too', async () => {
  await using cluster = await start();
  await call(cluster.server, 'POST', WIDGETS, { body: widget('a', { size: 2 }) });
  const changed = version('v1', { size: { type: 'integer' }, extra: { type: 'string', default: 'new' } });
  await call(cluster.server, 'PATCH', `${CRDS}/widgets.example.com`, {
    body: { spec: { versions: [changed] } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  // Stored under the old schema, read through the new one.
  expect((await call(cluster.server, 'GET', `${WIDGETS}/a`)).json.spec).toEqual({ size: 2, extra: 'new' });
});

test('a watch ends with the definition it was begun under, not with a change of its status', async () => {
  await using cluster = await start();
  const { server } = cluster;
  const types = (text: string) =>
    text
      .split('\n')
      .filter(Boolean)
      .map(line => (JSON.parse(line) as { type: string }).type);
  const one = `${CRDS}/widgets.example.com`;
  const watch = () => call(server, 'GET', `${WIDGETS}?watch=true`);
  const patch = (path: string, body: object) =>
    call(server, 'PATCH', path, { body, headers: { 'content-type': 'application/merge-patch+json' } });
  const first = watch();
  await patch(`${one}/status`, { status: { storedVersions: ['v1'] } });
  await patch(one, { metadata: { labels: { a: 'b' } } });
  await call(server, 'POST', WIDGETS, { body: widget('a') });
  await patch(one, { spec: { names: { shortNames: ['wg'] } } });
  expect(types((await first).text)).toEqual(['ADDED']);
  const second = watch();
  await call(server, 'DELETE', one);
  await cluster.clock.advance(CLEANUP_MS);
  expect(types((await second).text)).toEqual(['ADDED', 'DELETED']);
});

test('columns and selectable fields are the definition’s', async () => {
  await using cluster = await start({
    ...V1,
    additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
    selectableFields: [{ jsonPath: '.spec.color' }],
  });
  const { server } = cluster;
  await call(server, 'POST', WIDGETS, { body: widget('a', { size: 3, color: 'red' }) });
  await call(server, 'POST', WIDGETS, { body: widget('b', { color: 'blue' }) });
  const table = await call(server, 'GET', `${WIDGETS}?fieldSelector=spec.color=red`, {
    headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
  });
  expect(table.json.columnDefinitions?.map(c => c.name)).toEqual(['Name', 'Size']);
  expect(table.json.rows?.map(r => r.cells)).toEqual([['a', 3]]);
  const refused = await call(server, 'GET', `${WIDGETS}?fieldSelector=spec.size=3`);
  expect(refused.json.message).toBe('field label not supported: spec.size');
});

test('a deprecated version names the greatest that is not, and its own text is said instead', async () => {
  await using cluster = await start(
    V1,
    version('v2', {}),
    version('v1alpha1', {}, { deprecated: true, deprecationWarning: 'too old' }),
    version('v3alpha1', {}, { deprecated: true }),
  );
  const warnings = async (name: string) =>
    (await call(cluster.server, 'GET', WIDGETS.replace('v1', name))).warnings;
  expect(await warnings('v3alpha1')).toEqual([
    'example.com/v3alpha1 Widget is deprecated; use example.com/v2 Widget',
  ]);
  expect(await warnings('v1alpha1')).toEqual(['too old']);
  expect(await warnings('v1')).toEqual([]);
});
