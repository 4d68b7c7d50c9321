/** [sig-instrumentation] Events API, Events: one object in two API groups */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type InProcessCluster, startInProcessCluster } from '../../src/testing/in-process-cluster.ts';
import { ask, type Kube, type KubeList, patchOf } from './support.ts';

const CORE = '/api/v1';
const NEW = '/apis/events.k8s.io/v1';
const NAMESPACED = '/namespaces/default/events';
const TIME = '2017-09-19T13:49:16.000000Z';

let cluster: InProcessCluster;
beforeAll(async () => {
  cluster = await startInProcessCluster();
});
afterAll(async () => await cluster.close());

const get = <T = Kube>(path: string) => ask<T>(cluster.server, 'GET', path);
const post = (path: string, body: object) => ask(cluster.server, 'POST', path, { body });
const namesOf = async (path: string) => (await get<KubeList>(path)).items.map(item => item.metadata.name);
/** Without what the server changes with every write. */
const content = ({
  metadata: { resourceVersion: _, managedFields: __, ...metadata },
  ...rest
}: Kube & {
  metadata: { managedFields?: unknown };
}) => ({ ...rest, metadata });

const newEvent = (name: string, label: string) => ({
  metadata: { name, labels: { [label]: 'true' } },
  regarding: { namespace: 'default' },
  eventTime: TIME,
  note: `This is ${name}`,
  action: 'Do',
  reason: 'Test',
  type: 'Normal',
  reportingController: 'test-controller',
  reportingInstance: 'test-node',
});

const coreEvent = (name: string, label: string) => ({
  metadata: { name, labels: { [label]: 'true' } },
  message: `This is ${name}`,
  reason: 'Test',
  type: 'Normal',
  count: 1,
  involvedObject: { namespace: 'default' },
});

test('New Event resource lifecycle, testing a single event: made, found by its fields, its series patched and updated, deleted', async () => {
  const selector = '?labelSelector=testevent-constant%3Dtrue';
  await post(`${NEW}${NAMESPACED}`, newEvent('event-test', 'testevent-constant'));
  expect(await namesOf(`${NEW}/events${selector}`)).toEqual(['event-test']);
  expect(await namesOf(`${NEW}${NAMESPACED}${selector}`)).toEqual(['event-test']);
  expect(await namesOf(`${CORE}${NAMESPACED}?fieldSelector=source%3Dtest-controller`)).toEqual([
    'event-test',
  ]);
  expect(await namesOf(`${NEW}${NAMESPACED}?fieldSelector=reportingController%3Dtest-controller`)).toEqual([
    'event-test',
  ]);
  const path = `${NEW}${NAMESPACED}/event-test`;
  const created = await get(path);
  // What was once said stays said in this group; only the series goes on.
  await expect(
    ask(cluster.server, 'PATCH', path, patchOf('strategic-merge', { note: 'new' })),
  ).rejects.toThrow('field is immutable');
  const series = { count: 2, lastObservedTime: TIME };
  await ask(cluster.server, 'PATCH', path, patchOf('strategic-merge', { series }));
  const patched = await get(path);
  expect(content(patched)).toEqual(content({ ...created, series }));
  const updated = { ...patched, series: { count: 100, lastObservedTime: TIME } };
  await ask(cluster.server, 'PUT', path, { body: updated });
  expect(content(await get(path))).toEqual(content(updated));
  await ask(cluster.server, 'DELETE', path);
  expect(await namesOf(`${NEW}/events${selector}`)).toEqual([]);
  expect(await namesOf(`${NEW}${NAMESPACED}${selector}`)).toEqual([]);
});

test('New Event resource lifecycle, testing a list of events: a selection is deleted at once', async () => {
  const selector = '?labelSelector=testevent-set%3Dtrue';
  const names = ['new-1', 'new-2', 'new-3'];
  for (const name of names) await post(`${NEW}${NAMESPACED}`, newEvent(name, 'testevent-set'));
  expect(await namesOf(`${NEW}${NAMESPACED}${selector}`)).toEqual(names);
  await ask(cluster.server, 'DELETE', `${NEW}${NAMESPACED}${selector}`);
  expect(await namesOf(`${NEW}${NAMESPACED}${selector}`)).toEqual([]);
});

test('Event, manage lifecycle of an Event: made, found in all namespaces, patched, updated, deleted', async () => {
  const selector = '?labelSelector=testevent-core%3Dtrue';
  await post(`${CORE}${NAMESPACED}`, coreEvent('core-test', 'testevent-core'));
  expect(await namesOf(`${CORE}/events${selector}`)).toEqual(['core-test']);
  const path = `${CORE}${NAMESPACED}/core-test`;
  await ask(cluster.server, 'PATCH', path, patchOf('strategic-merge', { message: 'patched' }));
  const patched = await get(path);
  expect(patched['message']).toBe('patched');
  const series = { count: 100, lastObservedTime: TIME };
  await ask(cluster.server, 'PUT', path, { body: { ...patched, series } });
  expect((await get(path))['series']).toEqual(series);
  await ask(cluster.server, 'DELETE', path);
  expect(await namesOf(`${CORE}/events${selector}`)).toEqual([]);
});

test('Event, delete a collection: those that the selector finds, and no others', async () => {
  const selector = '?labelSelector=core-set%3Dtrue';
  const names = ['core-1', 'core-2', 'core-3'];
  for (const name of names) await post(`${CORE}${NAMESPACED}`, coreEvent(name, 'core-set'));
  await post(`${CORE}${NAMESPACED}`, coreEvent('other', 'other-set'));
  expect(await namesOf(`${CORE}${NAMESPACED}${selector}`)).toEqual(names);
  await ask(cluster.server, 'DELETE', `${CORE}${NAMESPACED}${selector}`);
  expect(await namesOf(`${CORE}${NAMESPACED}?labelSelector=other-set`)).toEqual(['other']);
});
