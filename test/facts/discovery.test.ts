/** What the server says it serves, against what upstream says (facts/discovery.json). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from '../../src/testing/api-requests.ts';
import { type InProcessCluster, startInProcessCluster } from '../../src/testing/in-process-cluster.ts';
import { differences, facts, knownDifferences, sorted } from './differences.ts';

interface Entry {
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly storageVersionHash?: string;
}
interface ResourceList {
  readonly groupVersion: string;
  readonly resources: readonly Entry[];
}
interface Discovered {
  readonly resource: string;
  readonly singularResource: string;
  readonly scope: string;
  readonly responseKind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly (Pick<Discovered, 'responseKind' | 'verbs'> & {
    readonly subresource: string;
  })[];
}
interface GroupDiscovery {
  readonly metadata: { readonly name?: string };
  readonly versions: readonly { readonly version: string; readonly resources: readonly Discovered[] }[];
}

const upstream = facts<Readonly<Record<string, unknown>>>('discovery.json');
const groupVersions = Object.keys(upstream).filter(path => path.endsWith('/v1') || path.endsWith('/v2'));

let cluster: InProcessCluster;
beforeAll(async () => {
  cluster = await startInProcessCluster();
});
afterAll(async () => await cluster.close());

const get = async <T>(path: string, accept = 'application/json') =>
  (await call(cluster.server, 'GET', path, { headers: { accept } })).json as unknown as T;

test('every group version has the resources upstream has, with their verbs, names and categories', async () => {
  const found: string[] = [];
  for (const path of groupVersions) {
    const ours = byName(await get<ResourceList>(path));
    const theirs = byName(upstream[path] as ResourceList);
    for (const difference of differences(ours, theirs)) found.push(`${path} ${difference}`);
    expect(Object.keys(ours), path).toEqual(Object.keys(ours).sort());
  }
  expect(groupVersions).toHaveLength(22);
  expect(sorted(found)).toEqual(knownDifferences('resources'));
});

/** Without the hash of the stored form, which the facts leave out. */
function byName(list: ResourceList): Record<string, unknown> {
  return Object.fromEntries(list.resources.map(({ name, storageVersionHash: _, ...entry }) => [name, entry]));
}

test('groups, their versions and the preferred ones are upstream’s, in its order', async () => {
  const list = await get<Record<string, unknown>>('/apis');
  expect(list).toEqual({ ...(upstream['/apis'] as object), kind: 'APIGroupList' });
  for (const group of list['groups'] as readonly { readonly name: string }[])
    expect(await get(`/apis/${group.name}`)).toEqual({ kind: 'APIGroup', apiVersion: 'v1', ...group });
});

test('/api names the core group’s version, and where the server is', async () => {
  expect(await get('/api')).toMatchObject({
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0' }],
  });
});

test('what is stored has the hash that upstream gives its form; what is not has none', async () => {
  const hashes = async (path: string) =>
    Object.fromEntries((await get<ResourceList>(path)).resources.map(r => [r.name, r.storageVersionHash]));
  // As every cluster has them since 1.15.
  expect(await hashes('/api/v1')).toMatchObject({ pods: 'xPOwRZ+Yhw8=', configmaps: 'qFsyl6wFWjQ=' });
  expect(await hashes('/apis/apps/v1')).toMatchObject({ deployments: '8aSe+NMegvE=' });
  // One object in two groups is stored once.
  expect((await hashes('/apis/events.k8s.io/v1'))['events']).toBe((await hashes('/api/v1'))['events']);
  expect(Object.values(await hashes('/apis/authorization.k8s.io/v1'))).toEqual(Array(4).fill(undefined));
});

test('aggregated discovery is told by its hash, and not sent again', async () => {
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  for (const path of ['/api', '/apis']) {
    const { headers } = await call(cluster.server, 'GET', path, { headers: { accept } });
    expect(headers).toMatchObject({ vary: 'Accept', 'cache-control': 'public' });
    const again = { accept, 'if-none-match': headers['etag'] ?? '' };
    expect(await call(cluster.server, 'GET', path, { headers: again })).toMatchObject({
      status: 304,
      text: '',
    });
  }
});

test('aggregated discovery says what the plain lists say', async () => {
  const form = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const { contentType } = await call(cluster.server, 'GET', '/apis', { headers: { accept: form } });
  expect(contentType).toBe(form);
  const groups = (
    await Promise.all(
      ['/api', '/apis'].map(
        async path => (await get<{ items: readonly GroupDiscovery[] }>(path, form)).items,
      ),
    )
  ).flat();
  const told = new Map<string, ResourceList>();
  for (const { metadata, versions } of groups)
    for (const { version, resources } of versions) {
      const groupVersion = metadata.name === undefined ? version : `${metadata.name}/${version}`;
      told.set(metadata.name === undefined ? `/api/${version}` : `/apis/${groupVersion}`, {
        groupVersion,
        resources: resources.flatMap(resource => plainEntries(resource)),
      });
    }
  expect([...told.keys()].sort()).toEqual([...groupVersions].sort());
  for (const [path, list] of told) {
    const plain = await get<ResourceList>(path);
    const withoutHash = plain.resources.map(({ storageVersionHash: _, ...entry }) => entry);
    expect(list, path).toEqual({ groupVersion: plain.groupVersion, resources: withoutHash });
  }
});

/** An entry of aggregated discovery as the plain list has it. */
function plainEntries(found: Discovered): Entry[] {
  const { resource, singularResource, scope, responseKind, verbs, shortNames, categories } = found;
  const namespaced = scope === 'Namespaced';
  const main: Entry = {
    name: resource,
    singularName: singularResource,
    namespaced,
    kind: responseKind.kind,
    verbs,
    ...(shortNames ? { shortNames } : {}),
    ...(categories ? { categories } : {}),
  };
  const below = (found.subresources ?? []).map(
    ({ subresource, responseKind: { group, version, kind }, ...rest }) => ({
      name: `${resource}/${subresource}`,
      singularName: '',
      namespaced,
      ...(group === '' && version === '' ? {} : { group, version }),
      kind,
      verbs: rest.verbs,
    }),
  );
  return [main, ...below];
}
