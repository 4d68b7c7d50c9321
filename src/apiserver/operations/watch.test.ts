import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { call } from '../../testing/api-requests.ts';
import { type InProcessCluster, startInProcessCluster } from '../../testing/in-process-cluster.ts';
import type { CacheEvent } from '../cache/contract.ts';
import { selection } from './selection.ts';
import { type Watcher, watchObjects } from './watch.ts';

const NAMES = ['a', 'b', 'c'];
const MERGE = { 'content-type': 'application/merge-patch+json' };

type Step = readonly ['create' | 'label' | 'delete', name: string, on: string];
const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom('create', 'label', 'delete'),
  fc.constantFrom(...NAMES),
  fc.constantFrom('yes', 'no'),
);

/** One write; that it is refused (nothing there, there already) is part of the game. */
async function perform({ server }: InProcessCluster, path: string, [verb, name, on]: Step): Promise<void> {
  if (verb === 'create') await call(server, 'POST', path, { body: { metadata: { name, labels: { on } } } });
  else if (verb === 'delete') await call(server, 'DELETE', `${path}/${name}`);
  else
    await call(server, 'PATCH', `${path}/${name}`, {
      headers: MERGE,
      body: { metadata: { labels: { on } } },
    });
}

/** The state of somebody who believes what a watch says, and complains of what makes no sense. */
class Believer implements Watcher {
  readonly known = new Map<string, string>();

  onEvent(type: string, { object }: { object: KubeObject }): void {
    const { name = '', resourceVersion = '' } = object.metadata;
    expect(this.known.has(name), `${type} of ${name}`).toBe(type !== 'ADDED');
    if (type === 'DELETED') this.known.delete(name);
    else this.known.set(name, resourceVersion);
  }
  onInitialEventsEnd(): void {}
  onEnd(cause: Error | undefined): void {
    throw cause ?? new Error('the watch has ended');
  }
}

test('who lists and then watches, or only watches, has what a list shows, whatever is written and selected', async () => {
  await using cluster = await startInProcessCluster();
  const { core } = cluster.server;
  const resource = core.resources.lookup('', 'v1', 'configmaps');
  if (!resource) throw new Error('no configmaps');
  let round = 0;
  const selectors = fc.constantFrom<readonly [string, string]>(
    ['', ''],
    ['on=yes', ''],
    ['on!=yes', ''],
    ['', 'metadata.name=a'],
    ['on=yes', 'metadata.name!=b'],
  );
  const steps = fc.array(step, { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(selectors, steps, steps, async ([labels, fields], before, after) => {
      const namespace = `n${round++}`;
      await call(cluster.server, 'POST', '/api/v1/namespaces', { body: { metadata: { name: namespace } } });
      const path = `/api/v1/namespaces/${namespace}/configmaps`;
      const query = `labelSelector=${encodeURIComponent(labels)}&fieldSelector=${encodeURIComponent(fields)}`;
      const list = async () => (await call(cluster.server, 'GET', `${path}?${query}`)).json;
      const names = (items: Awaited<ReturnType<typeof list>>['items'] = []) =>
        new Map(items.map(({ metadata }) => [metadata.name, metadata.resourceVersion]));
      for (const s of before) await perform(cluster, path, s);
      const target = { resource, namespace, name: '' };
      const chosen = selection(resource.definition, labels, fields);
      const [listed, fresh] = [new Believer(), new Believer()];
      const { items, metadata } = await list();
      for (const [name, version] of names(items)) listed.known.set(name ?? '', version);
      const resourceVersion = Number(metadata.resourceVersion);
      const watches = [
        await watchObjects(core, target, { selection: chosen, resourceVersion }, listed),
        await watchObjects(core, target, { selection: chosen }, fresh),
      ];
      for (const s of after) await perform(cluster, path, s);
      await new Promise(resolve => setImmediate(resolve));
      const now = names((await list()).items);
      expect(listed.known).toEqual(now);
      expect(fresh.known).toEqual(now);
      for (const watch of watches) watch.stop();
    }),
    { numRuns: 60 },
  );
});

test('watchers with the same selector are given the same batch, those with another their own', async () => {
  await using cluster = await startInProcessCluster();
  const { core } = cluster.server;
  const resource = core.resources.lookup('', 'v1', 'configmaps');
  if (!resource) throw new Error('no configmaps');
  const path = '/api/v1/namespaces/default/configmaps';
  const watched = async (labels: string, name = '') => {
    const batches: (readonly CacheEvent[])[] = [];
    const watch = await watchObjects(
      core,
      { resource, namespace: 'default', name },
      { selection: selection(resource.definition, labels), resourceVersion: core.cache.revision },
      {
        onBatch: events => batches.push(events) > 0,
        onEvent: () => expect.unreachable(),
        onInitialEventsEnd: () => {},
        onEnd: () => {},
      },
    );
    return {
      batches,
      watch,
      told: () => batches.flat().map(e => `${e.type} ${e.current.object.metadata.name}`),
    };
  };
  const [yes, same, no, everything, a] = await Promise.all([
    watched('on=yes'),
    watched('on = yes'),
    watched('on=no'),
    watched(''),
    watched('', 'a'),
  ]);
  for (const s of [
    ['create', 'a', 'yes'],
    ['create', 'aa', 'no'],
    ['label', 'a', 'no'],
    ['label', 'aa', 'yes'],
    ['delete', 'a', ''],
  ] as const)
    await perform(cluster, path, s);
  expect(yes.told()).toEqual(['ADDED a', 'DELETED a', 'ADDED aa']);
  expect(no.told()).toEqual(['ADDED aa', 'ADDED a', 'DELETED aa', 'DELETED a']);
  expect(everything.told()).toEqual(['ADDED a', 'ADDED aa', 'MODIFIED a', 'MODIFIED aa', 'DELETED a']);
  expect(a.told()).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
  expect(same.batches.length).toBe(yes.batches.length);
  for (const [i, batch] of same.batches.entries()) expect(batch).toBe(yes.batches[i]);
  for (const { watch } of [yes, same, no, everything, a]) watch.stop();
});
