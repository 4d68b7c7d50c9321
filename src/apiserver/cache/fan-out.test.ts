import { expect, test } from 'vitest';
import { revision } from '../../store/contract.ts';
import { batchLines, CachedEvent } from './cache-event.ts';
import { CachedEntry } from './cached-object.ts';
import type { CacheEvent } from './contract.ts';
import { FanOut, type Watcher } from './fan-out.ts';
import { encodeForStore } from './stored-value.ts';

const value = encodeForStore({ kind: 'Pod', apiVersion: 'v1', metadata: {} });
let next = 1;
const event = (key: string): CacheEvent =>
  new CachedEvent('ADDED', new CachedEntry(key, value, revision(next++)), undefined);

function watcher(fanOut: FanOut, prefix: string) {
  const batches: (readonly CacheEvent[])[] = [];
  const added: Watcher = { prefix, onEvents: batch => void batches.push(batch) };
  fanOut.add(added);
  return { added, batches, keys: () => batches.flat().map(e => e.current.key) };
}

test('a watcher is given the events of its prefix and no others', () => {
  const fanOut = new FanOut();
  const prefixes = [
    '',
    '/',
    '/registry/',
    '/registry/core/pods/',
    '/registry/core/pods/a/',
    '/registry/core/pods/a/x',
  ];
  const watchers = prefixes.map(prefix => watcher(fanOut, prefix));
  const keys = [
    '/registry/core/pods/a/x',
    '/registry/core/pods/a/x2',
    '/registry/core/pods/a/y',
    '/registry/core/pods/ab/x',
    '/registry/core/podsets/a/x',
    '/registry/core/nodes/n',
  ];
  fanOut.deliver(keys.map(event));
  for (const [i, prefix] of prefixes.entries()) {
    expect(watchers[i]?.keys()).toEqual(keys.filter(key => key.startsWith(prefix)));
  }
});

test('watchers of one prefix share the batch and its bytes', () => {
  const fanOut = new FanOut();
  const [a, b] = [watcher(fanOut, '/r/'), watcher(fanOut, '/r/')];
  fanOut.deliver([event('/r/1'), event('/r/2')]);
  expect(a?.batches[0]).toBe(b?.batches[0]);
  const batch = a?.batches[0] ?? [];
  expect(batchLines(batch)).toBe(batchLines(batch));
  expect(batchLines(batch).toString()).toBe(batch.map(e => e.line.toString()).join(''));
});

test('a watcher removed during a delivery is not called, one added is not called twice', () => {
  const fanOut = new FanOut();
  const seen: string[] = [];
  const second: Watcher = { prefix: '/r/', onEvents: () => void seen.push('second') };
  fanOut.add({
    prefix: '/r/',
    onEvents: () => {
      seen.push('first');
      fanOut.remove(second);
      fanOut.add({ prefix: '/r/', onEvents: () => void seen.push('third') });
    },
  });
  fanOut.add(second);
  fanOut.deliver([event('/r/1')]);
  expect(seen).toEqual(['first']);
});

test('nothing is left of watchers that went', () => {
  const fanOut = new FanOut();
  const watchers = ['/r/', '/r/', '/r/x', ''].map(prefix => watcher(fanOut, prefix).added);
  for (const w of watchers) fanOut.remove(w);
  for (const w of watchers) fanOut.remove(w);
  expect(fanOut.isEmpty).toBe(true);
});
