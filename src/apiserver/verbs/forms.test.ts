/** The forms of an answer other than the object itself, and how a watch begins. As upstream does it. */
import { expect, test } from 'vitest';
import { call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const accept = (as: string, v = 'v1') => ({ accept: `application/json;as=${as};v=${v};g=meta.k8s.io` });

async function withMaps() {
  const cluster = await startInProcessCluster();
  for (const name of ['a', 'b'])
    await call(cluster.server, 'POST', MAPS, { body: { metadata: { name }, data: { k: 'v' } } });
  return cluster;
}

test('metadata of a list is not that of one object, and the other way round', async () => {
  await using cluster = await withMaps();
  const ask = async (path: string, as: string) => {
    const { status, json } = await call(cluster.server, 'GET', path, { headers: accept(as) });
    return `${status} ${json.message ?? json.kind}`;
  };
  expect(await ask(MAPS, 'PartialObjectMetadata')).toBe(
    '406 you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)',
  );
  expect(await ask(`${MAPS}/a`, 'PartialObjectMetadataList')).toBe(
    '406 you requested PartialObjectMetadataList, but the requested object is not a list (*core.ConfigMap)',
  );
  expect(await ask('/apis/rbac.authorization.k8s.io/v1/roles', 'PartialObjectMetadata')).toContain(
    '(*rbac.RoleList)',
  );
  expect(await ask(`${MAPS}?includeObject=Foo`, 'Table')).toBe(
    `400 Unable to convert to Table as requested: includeObject: Invalid value: "Foo": must be 'Metadata', 'Object', 'None', or empty`,
  );
});

test('a write is refused before anything is written when its answer has no such form', async () => {
  await using cluster = await withMaps();
  const headers = accept('PartialObjectMetadataList');
  const made = await call(cluster.server, 'POST', MAPS, { headers, body: { metadata: { name: 'c' } } });
  expect(made.status).toBe(406);
  expect((await call(cluster.server, 'GET', `${MAPS}/c`)).status).toBe(404);
});

test('what is not there is told before a wrong includeObject', async () => {
  await using cluster = await startInProcessCluster();
  const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  const status = async (path: string) =>
    (await call(cluster.server, 'GET', `/api/v1/namespaces/${path}?includeObject=x`, { headers: table }))
      .status;
  expect([await status('none'), await status('default')]).toEqual([404, 400]);
});

test('the forms are to be had under the name they had in v1beta1', async () => {
  await using cluster = await withMaps();
  const ask = async (path: string, as: string) =>
    (await call(cluster.server, 'GET', path, { headers: accept(as, 'v1beta1') })).json;
  const v1beta1 = 'meta.k8s.io/v1beta1';
  const partial = { kind: 'PartialObjectMetadata', apiVersion: v1beta1 };
  expect(await ask(`${MAPS}/a`, 'PartialObjectMetadata')).toMatchObject(partial);
  expect(await ask(MAPS, 'PartialObjectMetadataList')).toMatchObject({
    apiVersion: v1beta1,
    items: [partial, partial],
  });
  for (const path of [MAPS, `${MAPS}/a`]) {
    const table = await ask(path, 'Table');
    expect(table).toMatchObject({ kind: 'Table', apiVersion: v1beta1 });
    expect(table.rows?.[0]).toMatchObject({ object: partial });
  }
});

interface Event {
  readonly type: string;
  readonly object: { readonly metadata: { readonly name?: string; readonly annotations?: object } };
}

/** What the first moments of a watch bring. */
async function beginning(query: string): Promise<readonly string[]> {
  await using cluster = await withMaps();
  const ending = new AbortController();
  const watching = call(cluster.server, 'GET', `${MAPS}?watch=true&${query}`, { signal: ending.signal });
  // Each write is seen by the watch before the next is answered: no waiting for a time.
  await call(cluster.server, 'POST', MAPS, { body: { metadata: { name: 'last' } } });
  await new Promise(resolve => setImmediate(resolve));
  ending.abort();
  const lines = (await watching).text.split('\n').filter(Boolean);
  return lines
    .map(line => JSON.parse(line) as Event)
    .map(
      ({ type, object }) =>
        `${type} ${object.metadata.name ?? Object.keys(object.metadata.annotations ?? {})}`,
    )
    .filter(text => !text.endsWith(' last'));
}

test('a watch from no version begins with what is there, and says when that is all', async () => {
  const all = ['ADDED a', 'ADDED b', 'BOOKMARK k8s.io/initial-events-end'];
  expect(await beginning('allowWatchBookmarks=true')).toEqual(all);
  expect(await beginning('allowWatchBookmarks=true&resourceVersion=0')).toEqual(all);
  expect(await beginning('resourceVersion=0')).toEqual(all.slice(0, 2));
  expect(await beginning('sendInitialEvents=false&resourceVersionMatch=NotOlderThan')).toEqual([]);
});

test('continue means nothing to a watch from a version, and is refused by one from none', async () => {
  await using cluster = await withMaps();
  const { status } = await call(cluster.server, 'GET', `${MAPS}?watch=true&continue=x&resourceVersion=0`);
  expect(status).toBe(422);
  const signal = AbortSignal.timeout(1);
  const target = `${MAPS}?watch=true&continue=x&resourceVersion=5`;
  expect((await call(cluster.server, 'GET', target, { signal })).status).toBe(200);
});

test('a table is the same in one long answer, whose length is not known, and in pages', async () => {
  await using cluster = await startInProcessCluster();
  const names = Array.from({ length: 600 }, (_, i) => `map-${String(i).padStart(3, '0')}`);
  for (const name of names)
    await call(cluster.server, 'POST', MAPS, { body: { metadata: { name }, data: { k: name } } });
  for (const include of ['None', 'Metadata', 'Object']) {
    const ask = async (query: string) => {
      const path = `${MAPS}?includeObject=${include}${query}`;
      const { json } = await call(cluster.server, 'GET', path, { headers: accept('Table') });
      const table = json as unknown as {
        metadata: { continue?: string };
        rows: { cells: string[]; object: unknown }[];
      };
      // But for the age, which goes on.
      return { ...table, rows: table.rows.map(row => ({ ...row, cells: row.cells.slice(0, 2) })) };
    };
    const first = await ask('&limit=400');
    const rest = await ask(`&limit=400&continue=${first.metadata.continue}`);
    const whole = await ask('');
    expect(whole.rows.map(row => row.cells[0])).toEqual(names);
    expect(whole.rows).toEqual([...first.rows, ...rest.rows]);
  }
});
