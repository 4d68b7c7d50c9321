/** [sig-api-machinery] Discovery, AggregatedDiscovery, server version, and resources in discovery documents */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type InProcessCluster, startInProcessCluster } from '../../src/testing/in-process-cluster.ts';
import { ask } from './support.ts';

interface GroupList {
  readonly groups: readonly Group[];
}
interface Group {
  readonly name: string;
  readonly versions: readonly { readonly groupVersion: string; readonly version: string }[];
  readonly preferredVersion: { readonly groupVersion: string; readonly version: string };
}
interface ResourceList {
  readonly groupVersion: string;
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly verbs: readonly string[];
  }[];
}
interface Aggregated {
  readonly items: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly freshness: string;
      readonly resources: readonly { readonly resource: string }[];
    }[];
  }[];
}

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
/** One resource of each group that every conformant cluster has. */
const EXPECTED: readonly (readonly [group: string, version: string, resource: string])[] = [
  ['admissionregistration.k8s.io', 'v1', 'validatingwebhookconfigurations'],
  ['apiextensions.k8s.io', 'v1', 'customresourcedefinitions'],
  ['apiregistration.k8s.io', 'v1', 'apiservices'],
  ['apps', 'v1', 'deployments'],
  ['authentication.k8s.io', 'v1', 'tokenreviews'],
  ['authorization.k8s.io', 'v1', 'selfsubjectaccessreviews'],
  ['autoscaling', 'v1', 'horizontalpodautoscalers'],
  ['autoscaling', 'v2', 'horizontalpodautoscalers'],
  ['batch', 'v1', 'jobs'],
  ['certificates.k8s.io', 'v1', 'certificatesigningrequests'],
  ['coordination.k8s.io', 'v1', 'leases'],
  ['discovery.k8s.io', 'v1', 'endpointslices'],
  ['events.k8s.io', 'v1', 'events'],
  ['networking.k8s.io', 'v1', 'ingresses'],
  ['node.k8s.io', 'v1', 'runtimeclasses'],
  ['policy', 'v1', 'poddisruptionbudgets'],
  ['scheduling.k8s.io', 'v1', 'priorityclasses'],
  ['storage.k8s.io', 'v1', 'csinodes'],
];

let cluster: InProcessCluster;
beforeAll(async () => {
  cluster = await startInProcessCluster();
});
afterAll(async () => await cluster.close());

const get = <T>(path: string, accept = 'application/json') =>
  ask<T>(cluster.server, 'GET', path, { headers: { accept } });

test('Discovery, confirm the PreferredVersion for each api group: it is one of the versions that are served', async () => {
  const { groups } = await get<GroupList>('/apis');
  expect(groups.length).toBeGreaterThan(0);
  for (const { name } of groups) {
    const group = await get<Group>(`/apis/${name}`);
    expect(group.versions, name).toContainEqual(group.preferredVersion);
  }
});

test('Discovery, confirm the groupVerion and a resourcefrom each apiGroup: every list names itself and its resources', async () => {
  const { groups } = await get<GroupList>('/apis');
  const found = new Set<string>();
  for (const { versions } of groups)
    for (const { groupVersion } of versions) {
      const list = await get<ResourceList>(`/apis/${groupVersion}`);
      expect(list.groupVersion).toBe(groupVersion);
      expect(list.resources.length, groupVersion).toBeGreaterThan(0);
      for (const { name } of list.resources) found.add(`${groupVersion}/${name}`);
    }
  for (const [group, version, resource] of EXPECTED)
    expect(found).toContain(`${group}/${version}/${resource}`);
});

const present = ({ items }: Aggregated, group: string, version: string, resource: string) =>
  items
    .find(item => (item.metadata.name ?? '') === group)
    ?.versions.find(v => v.version === version)
    ?.resources.some(r => r.resource === resource) ?? false;

test('Aggregated Discovery Endpoint Accept Headers: built-in resources are in the documents at /apis and /api', async () => {
  const groups = await get<Aggregated>('/apis', AGGREGATED);
  for (const [group, version, resource] of EXPECTED)
    expect(present(groups, group, version, resource), `${group}/${version} ${resource}`).toBe(true);
  expect(present(await get<Aggregated>('/api', AGGREGATED), '', 'v1', 'namespaces')).toBe(true);
});

test('Aggregated Discovery Interface: a client that takes both forms gets every group and resource in two requests', async () => {
  // As client-go asks: aggregated forms first, the plain one for servers that know no other.
  const accept = `${AGGREGATED},application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json`;
  const answers = [await get<Aggregated>('/api', accept), await get<Aggregated>('/apis', accept)];
  const items = answers.flatMap(answer => answer.items);
  for (const [group, version, resource] of [...EXPECTED, ['', 'v1', 'namespaces'] as const])
    expect(present({ items }, group, version, resource), `${group}/${version} ${resource}`).toBe(true);
  for (const { versions } of items) for (const { freshness } of versions) expect(freshness).toBe('Current');
});

test('Confirm a server version: major and minor are whole numbers', async () => {
  const { major, minor } = await get<{ major: string; minor: string }>('/version');
  expect([major, minor]).toEqual([expect.stringMatching(/^\d+$/), expect.stringMatching(/^\d+$/)]);
});

async function expectServed(name: string, resources: readonly string[]): Promise<void> {
  const inList = (await get<GroupList>('/apis')).groups.find(group => group.name === name);
  const version = { groupVersion: `${name}/v1`, version: 'v1' };
  expect(inList?.versions).toContainEqual(version);
  expect((await get<Group>(`/apis/${name}`)).versions).toContainEqual(version);
  const list = await get<ResourceList>(`/apis/${name}/v1`);
  expect(list.resources.map(r => r.name)).toEqual(expect.arrayContaining([...resources]));
}

test('Admission webhook, discovery document: group, version and resources are found', async () => {
  await expectServed('admissionregistration.k8s.io', [
    'mutatingwebhookconfigurations',
    'validatingwebhookconfigurations',
  ]);
});

test('Custom Resource Definition, discovery: group, version and resource are found', async () => {
  await expectServed('apiextensions.k8s.io', ['customresourcedefinitions']);
});
