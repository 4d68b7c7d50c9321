import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';
import { compareVersions } from './catalogue.ts';

interface ResourceList {
  readonly resources?: readonly { readonly name: string; storageVersionHash?: unknown }[];
}
const facts = JSON.parse(readFileSync('src/api/facts/discovery.json', 'utf8')) as Record<
  string,
  ResourceList
>;
const groupVersions = Object.keys(facts).filter(path => facts[path]?.resources);

test('every group version has the resources upstream has, with their verbs, names and categories', async () => {
  await using cluster = await startInProcessCluster();
  for (const path of groupVersions) {
    const { json } = await call(cluster.server, 'GET', path);
    const ours = (json as unknown as ResourceList).resources?.map(
      ({ storageVersionHash: _, ...entry }) => entry,
    );
    expect(ours, path).toEqual(facts[path]?.resources);
  }
});

test('groups come in upstream’s order', async () => {
  await using cluster = await startInProcessCluster();
  const { json } = await call(cluster.server, 'GET', '/apis');
  expect(json).toEqual({ ...facts['/apis'], kind: 'APIGroupList' });
});

test('aggregated discovery names every resource of plain discovery', async () => {
  await using cluster = await startInProcessCluster();
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const { json, contentType } = await call(cluster.server, 'GET', '/apis', { headers: { accept } });
  expect(contentType).toBe(accept);
  const groups = json.items as unknown as readonly {
    readonly metadata: { readonly name: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources: readonly { readonly resource: string }[];
    }[];
  }[];
  for (const { metadata, versions } of groups)
    for (const { version, resources } of versions) {
      const plain = facts[`/apis/${metadata.name}/${version}`]?.resources ?? [];
      expect(resources.map(r => r.resource)).toEqual(
        plain.map(r => r.name).filter(name => !name.includes('/')),
      );
    }
});

test('versions are ordered as clients expect them', () => {
  const versions = ['v1alpha1', 'v2', 'foo', 'v1', 'v1beta2', 'v10', 'v1beta1'];
  expect(versions.sort((a, b) => compareVersions(b, a))).toEqual([
    'v10',
    'v2',
    'v1',
    'v1beta2',
    'v1beta1',
    'v1alpha1',
    'foo',
  ]);
});
