import { expect, test } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import type { WatchEvent } from '../client/contract.ts';
import { CONFIG_MAPS } from '../client/resources.ts';
import { startInProcessCluster } from './in-process-cluster.ts';

type ConfigMap = KubeObject & { data?: Record<string, string> };
const named = (name: string, data: Record<string, string> = {}): ConfigMap => ({
  metadata: { name, namespace: 'default' },
  data,
});

test('a component reads its own writes, as frozen objects of the cache', async () => {
  await using cluster = await startInProcessCluster();
  const client = cluster.client().resource<ConfigMap>(CONFIG_MAPS);
  const created = await client.create(named('a', { k: '1' }));
  const read = await client.get({ namespace: 'default', name: 'a' });
  expect(read).toBe(created);
  expect(Object.isFrozen(read.metadata)).toBe(true);
  const updated = await client.update({ ...read, data: { k: '2' } });
  expect(Number(updated.metadata.resourceVersion)).toBeGreaterThan(Number(read.metadata.resourceVersion));
  expect((await client.list({ namespace: 'default' })).items.map(o => o.data)).toEqual([{ k: '2' }]);
});

test('an update from an old version is a conflict', async () => {
  await using cluster = await startInProcessCluster();
  const client = cluster.client().resource<ConfigMap>(CONFIG_MAPS);
  const first = await client.create(named('a'));
  await client.update({ ...first, data: { k: '1' } });
  await expect(client.update({ ...first, data: { k: '2' } })).rejects.toMatchObject({ reason: 'Conflict' });
});

test('a watch gives what happens after its version, and ends with its signal', async () => {
  await using cluster = await startInProcessCluster();
  const client = cluster.client().resource<ConfigMap>(CONFIG_MAPS);
  const { resourceVersion } = await client.list();
  const stop = new AbortController();
  const seen: string[] = [];
  const watching = (async () => {
    for await (const event of client.watch({ resourceVersion, signal: stop.signal })) {
      seen.push(describe(event));
      if (event.type === 'DELETED') stop.abort();
    }
  })();
  await client.create(named('a'));
  await client.patch({ namespace: 'default', name: 'a' }, { type: 'merge', body: { data: { k: 'v' } } });
  await client.delete({ namespace: 'default', name: 'a' });
  await watching;
  expect(seen).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
});

test('a component applies what it owns, and is told of conflicts with others', async () => {
  await using cluster = await startInProcessCluster();
  const client = cluster.client().resource<ConfigMap>(CONFIG_MAPS);
  const ref = { namespace: 'default', name: 'a' };
  const apply = (data: Record<string, string>, fieldManager: string) =>
    client.patch(ref, { type: 'apply', body: { metadata: { name: 'a' }, data } }, { fieldManager });
  const first = await apply({ k: '1', l: '1' }, 'm1');
  expect((await apply({ k: '1', l: '1' }, 'm1')).metadata.resourceVersion).toBe(
    first.metadata.resourceVersion,
  );
  await expect(apply({ k: '2' }, 'm2')).rejects.toThrow('conflict with "m1": .data.k');
  await apply({ n: '1' }, 'm2');
  expect((await apply({ l: '1' }, 'm1')).data).toEqual({ l: '1', n: '1' });
  const updated = await client.update({ ...(await client.get(ref)), data: { l: '3', n: '1' } });
  expect(updated.metadata.managedFields?.map(e => `${e.operation} ${e.manager}`)).toEqual([
    'Apply m2',
    expect.stringMatching(/^Update /),
  ]);
});

test('a user without rights is told what it may not do', async () => {
  await using cluster = await startInProcessCluster();
  const client = cluster.client({ name: 'nobody', groups: ['system:authenticated'] }).resource(CONFIG_MAPS);
  await expect(client.list({ namespace: 'default' })).rejects.toThrow(
    'configmaps is forbidden: User "nobody" cannot list resource "configmaps" in API group "" in the namespace "default"',
  );
});

function describe(event: WatchEvent<KubeObject>): string {
  return event.type === 'BOOKMARK' ? 'BOOKMARK' : `${event.type} ${event.object.metadata.name}`;
}
