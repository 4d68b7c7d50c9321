/** [sig-api-machinery] Watchers */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type InProcessCluster, startInProcessCluster } from '../../src/testing/in-process-cluster.ts';
import { virtualClock } from '../../src/testing/virtual-clock.ts';
import { ask, type Kube, openWatch, patchOf, type WatchedEvent } from './support.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const LABEL = 'watch-this-configmap';

const clock = virtualClock();
let cluster: InProcessCluster;
beforeAll(async () => {
  cluster = await startInProcessCluster({ clock });
});
afterAll(async () => await cluster.close());

const watchLabelled = (values: readonly string[], resourceVersion?: string) => {
  const selector = encodeURIComponent(`${LABEL} in (${values.join(',')})`);
  const from = resourceVersion === undefined ? '' : `&resourceVersion=${resourceVersion}`;
  return openWatch(cluster.server, clock, `${MAPS}?labelSelector=${selector}${from}`);
};
const create = (name: string, value: string) =>
  ask(cluster.server, 'POST', MAPS, { body: { metadata: { name, labels: { [LABEL]: value } } } });
const mutate = (name: string, mutation: string) =>
  ask(cluster.server, 'PATCH', `${MAPS}/${name}`, patchOf('merge', { data: { mutation } }));
const label = (name: string, value: string) =>
  ask(
    cluster.server,
    'PATCH',
    `${MAPS}/${name}`,
    patchOf('merge', { metadata: { labels: { [LABEL]: value } } }),
  );
const remove = (name: string) => ask(cluster.server, 'DELETE', `${MAPS}/${name}`);

const event = (type: string, object: Kube): WatchedEvent => ({ type, object });
const types = (events: readonly WatchedEvent[]) => events.map(e => e.type);

test('watch-configmaps-with-multiple-watchers: each sees what its selector matches, and nothing else', async () => {
  const a = await watchLabelled(['a']);
  const b = await watchLabelled(['b']);
  const both = await watchLabelled(['a', 'b']);
  const expectSeen = async (by: readonly (typeof a)[], type: string, object?: Kube) => {
    for (const watch of [a, b, both]) {
      const seen = await watch.take();
      if (!by.includes(watch)) expect(seen).toEqual([]);
      else if (object) expect(seen).toEqual([event(type, object)]);
      else expect(types(seen)).toEqual([type]);
    }
  };
  await expectSeen([a, both], 'ADDED', await create('multiple-a', 'a'));
  await expectSeen([a, both], 'MODIFIED', await mutate('multiple-a', '1'));
  await expectSeen([a, both], 'MODIFIED', await mutate('multiple-a', '2'));
  await remove('multiple-a');
  await expectSeen([a, both], 'DELETED');
  await expectSeen([b, both], 'ADDED', await create('multiple-b', 'b'));
  await remove('multiple-b');
  await expectSeen([b, both], 'DELETED');
  for (const watch of [a, b, both]) await watch.stop();
});

test('watch-configmaps-from-resource-version: only what came after that version is told', async () => {
  await create('from-version', 'from');
  const first = await mutate('from-version', '1');
  const second = await mutate('from-version', '2');
  await remove('from-version');
  const watch = await watchLabelled(['from'], first.metadata.resourceVersion);
  const seen = await watch.take();
  expect(seen[0]).toEqual(event('MODIFIED', second));
  expect(types(seen)).toEqual(['MODIFIED', 'DELETED']);
  await watch.stop();
});

test('watch-configmaps-closed-and-restarted: a watch goes on where the last one ended', async () => {
  const broken = await watchLabelled(['restarted']);
  const created = await create('restarted', 'restarted');
  await mutate('restarted', '1');
  const before = await broken.take();
  expect(before[0]).toEqual(event('ADDED', created));
  expect(types(before)).toEqual(['ADDED', 'MODIFIED']);
  await broken.stop();
  const second = await mutate('restarted', '2');
  const restarted = await watchLabelled(['restarted'], before.at(-1)?.object.metadata.resourceVersion);
  await remove('restarted');
  const after = await restarted.take();
  expect(after[0]).toEqual(event('MODIFIED', second));
  expect(types(after)).toEqual(['MODIFIED', 'DELETED']);
  expect(await broken.take()).toEqual([]);
  await restarted.stop();
});

test('watch-configmaps-label-changed: an object that stops matching is told as deleted, and comes as new when it matches again', async () => {
  const watch = await watchLabelled(['wanted']);
  const created = await create('relabelled', 'wanted');
  const first = await mutate('relabelled', '1');
  await label('relabelled', 'wrong');
  const before = await watch.take();
  expect(before.slice(0, 2)).toEqual([event('ADDED', created), event('MODIFIED', first)]);
  expect(types(before)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
  await mutate('relabelled', '2');
  expect(await watch.take()).toEqual([]);
  const restored = await label('relabelled', 'wanted');
  const third = await mutate('relabelled', '3');
  await remove('relabelled');
  const after = await watch.take();
  expect(after.slice(0, 2)).toEqual([event('ADDED', restored), event('MODIFIED', third)]);
  expect(types(after)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
  await watch.stop();
});

test('watch-consistency: watches that begin at different versions tell the same events in the same order', async () => {
  const first = await openWatch(cluster.server, clock, MAPS);
  await first.take();
  const watches = [];
  const told: WatchedEvent[][] = [];
  for (let i = 0; i < 12; i++) {
    const name = `consistent-${i % 4}`;
    if (i < 4) await create(name, 'consistent');
    else if (i < 8) await mutate(name, String(i));
    else await remove(name);
    // One more watch from the event that was just seen; three writes come from elsewhere meanwhile.
    const seen = await first.take();
    for (const events of told) events.push(...seen);
    const from = seen.at(-1)?.object.metadata.resourceVersion;
    watches.push(await openWatch(cluster.server, clock, `${MAPS}?resourceVersion=${from}`));
    told.push([]);
    await Promise.all([0, 1, 2].map(n => create(`elsewhere-${i}-${n}`, 'elsewhere')));
  }
  const rest = await first.take();
  for (const [i, watch] of watches.entries()) {
    expect(await watch.take(), `watch ${i}`).toEqual([...(told[i] ?? []), ...rest]);
    await watch.stop();
  }
  await first.stop();
});
