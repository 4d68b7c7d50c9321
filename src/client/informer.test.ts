import { expect, test } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import { internalError } from '../api/status-error.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import { ScriptedClient } from '../testing/scripted-client.ts';
import { virtualClock } from '../testing/virtual-clock.ts';
import { InformerFactory } from './informer-factory.ts';

const resource = { group: '', version: 'v1', resource: 'things' };

function thing(name: string, uid = `uid-${name}`, labels: Record<string, string> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Thing', metadata: { namespace: 'default', name, uid, labels } };
}

function setUp() {
  const clock = virtualClock();
  const client = new ScriptedClient();
  const factory = new InformerFactory({ client, clock, random: seededRandom(1), log: silentLogger });
  const informer = factory.informer<KubeObject>(resource);
  const seen: string[] = [];
  informer.addHandlers({
    added: (object, initial) => seen.push(`added ${object.metadata.name}${initial ? ' (initial)' : ''}`),
    updated: object => seen.push(`updated ${object.metadata.name}`),
    deleted: object => seen.push(`deleted ${object.metadata.name} ${object.metadata.uid}`),
  });
  const abort = new AbortController();
  return { clock, client, factory, informer, seen, abort, run: () => factory.run(abort.signal) };
}

test('an informer lists first, is synced, and then follows the watch', async () => {
  const { clock, client, informer, seen, abort, run } = setUp();
  client.put(thing('a'));
  const running = run();
  await clock.settle();
  await informer.synced;
  client.put(thing('b'));
  client.put(thing('a'));
  client.remove('default/b');
  await clock.settle();
  expect(seen).toEqual(['added a (initial)', 'added b', 'updated a', 'deleted b uid-b']);
  expect(informer.lister.list().map(object => object.metadata.name)).toEqual(['a']);
  expect(client.lists).toBe(1);
  abort.abort();
  await running;
  expect(clock.pending).toBe(0);
});

test('a watch that breaks is resumed after the last event, without listing', async () => {
  const { clock, client, seen, abort, run } = setUp();
  const running = run();
  await clock.settle();
  client.put(thing('a'));
  await clock.settle();
  client.endWatches(internalError(new Error('gone')));
  await clock.settle();
  client.put(thing('b'));
  await clock.advance(5_000);
  expect(seen).toEqual(['added a', 'added b']);
  expect(client.lists).toBe(1);
  expect(client.watches).toBe(2);
  abort.abort();
  await running;
});

test('a bookmark moves the place from which a watch is resumed', async () => {
  const { clock, client, abort, run } = setUp();
  const running = run();
  await clock.settle();
  client.put(thing('a'));
  client.bookmark();
  await clock.settle();
  client.compact();
  client.endWatches();
  await clock.advance(5_000);
  expect(client.lists).toBe(1);
  expect(client.watches).toBe(2);
  abort.abort();
  await running;
});

test('after a compaction the difference is found by listing, and a recreated object is deleted first', async () => {
  const { clock, client, seen, informer, abort, run } = setUp();
  client.put(thing('kept'));
  client.put(thing('gone'));
  client.put(thing('reborn', 'first'));
  const running = run();
  await clock.settle();
  client.failures.push(internalError(new Error('still away')));
  client.endWatches(internalError(new Error('away')));
  await clock.settle();
  seen.length = 0;
  client.remove('default/gone');
  client.remove('default/reborn');
  client.put(thing('reborn', 'second'));
  client.put(thing('new'));
  client.compact();
  await clock.advance(60_000);
  expect(seen).toEqual(['deleted gone uid-gone', 'deleted reborn first', 'added reborn', 'added new']);
  expect(client.lists).toBe(2);
  expect(informer.lister.list()).toHaveLength(3);
  abort.abort();
  await running;
});

test('failures are retried with growing delays', async () => {
  const { clock, client, informer, abort, run } = setUp();
  for (let i = 0; i < 4; i++) client.failures.push(internalError(new Error('down')));
  const running = run();
  await clock.advance(800);
  expect(client.lists).toBeLessThan(3);
  await clock.advance(30_000);
  expect(informer.hasSynced).toBe(true);
  expect(client.lists).toBe(5);
  abort.abort();
  await running;
});

test('watches that end at once are not reopened in a tight loop', async () => {
  const { clock, client, abort, run } = setUp();
  const running = run();
  for (let i = 0; i < 20; i++) {
    await clock.settle();
    client.endWatches();
  }
  expect(client.watches).toBeLessThan(3);
  abort.abort();
  await running;
});

test('a late handler is told of what is known, and removing it stops its calls', async () => {
  const { clock, client, informer, abort, run } = setUp();
  client.put(thing('a'));
  const running = run();
  await clock.settle();
  const late: string[] = [];
  const remove = informer.addHandlers({ added: object => late.push(object.metadata.name ?? '') });
  expect(late).toEqual(['a']);
  remove();
  client.put(thing('b'));
  await clock.settle();
  expect(late).toEqual(['a']);
  abort.abort();
  await running;
});

test('a handler that throws does not keep the others from the event', async () => {
  const { clock, client, informer, seen, abort, run } = setUp();
  informer.addHandlers({
    added: () => {
      throw new Error('mistake');
    },
  });
  const running = run();
  await clock.settle();
  client.put(thing('a'));
  client.put(thing('b'));
  await clock.settle();
  expect(seen).toEqual(['added a', 'added b']);
  abort.abort();
  await running;
});

test('one informer serves all who ask for the same resource and selection', () => {
  const { factory, informer } = setUp();
  expect(factory.informer(resource)).toBe(informer);
  expect(factory.informer(resource, { namespace: 'x' })).not.toBe(informer);
});

test('indexes follow changes of the values an object is found under', async () => {
  const { clock, client, informer, abort, run } = setUp();
  const byColour = informer.index('colour', object => [object.metadata.labels?.['colour'] ?? '']);
  client.put(thing('a', 'a', { colour: 'red' }));
  const running = run();
  await clock.settle();
  client.put(thing('b', 'b', { colour: 'red' }));
  client.put(thing('a', 'a', { colour: 'blue' }));
  await clock.settle();
  const names = (colour: string) => byColour.get(colour).map(object => object.metadata.name);
  expect([names('red'), names('blue'), names('green')]).toEqual([['b'], ['a'], []]);
  client.remove('default/b');
  await clock.settle();
  expect(byColour.values()).toEqual(['blue']);
  abort.abort();
  await running;
});
