import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { revision } from '../../store/contract.ts';
import { compareKeys } from '../../store/key.ts';
import { CachedEntry } from './cached-object.ts';
import { ObjectIndex } from './object-index.ts';
import { encodeForStore } from './stored-value.ts';

const value = encodeForStore({ kind: 'Pod', apiVersion: 'v1', metadata: {} });
// A namespace that is another's beginning, and separators that sort before '/'.
const KEYS = ['a/x', 'a/y', 'a/z', 'a-b/x', 'a.b/x', 'ab/x', 'b/x', 'b/\u{1f600}', 'b/\uffee']
  .flatMap(name => [`/registry/core/pods/${name}`, `/registry/apps/deployments/${name}`])
  .concat('/registry/core/nodes/a', '/registry/core/nodes/b');
const PREFIXES = [
  '',
  '/registry/',
  '/registry/core/',
  '/registry/core/pods/',
  '/registry/core/pods/a/',
  '/registry/core/pods/a/x',
  '/registry/core/pods/a',
  '/registry/core/nodes/',
  '/registry/core/nodes/b',
  '/registry/core/none/',
  '/registry/core/pods/none/',
];

test('lists are complete, ordered and current after any writes, and older lists do not change', () => {
  const step = fc.record({
    do: fc.constantFrom('put' as const, 'delete' as const, 'list' as const),
    key: fc.constantFrom(...KEYS),
    prefix: fc.constantFrom(...PREFIXES),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), steps => {
      const index = new ObjectIndex();
      const model = new Map<string, CachedEntry>();
      const given: { list: readonly unknown[]; copy: readonly unknown[] }[] = [];
      for (const [i, { do: verb, key, prefix }] of steps.entries()) {
        if (verb === 'put') {
          const object = new CachedEntry(key, value, revision(i + 1));
          index.put(object);
          model.set(key, object);
        } else if (verb === 'delete') {
          index.delete(key);
          model.delete(key);
        } else {
          const list = index.list(prefix);
          const expected = [...model.values()]
            .filter(o => o.key.startsWith(prefix))
            .sort((a, b) => compareKeys(a.key, b.key));
          expect(list.map(o => [o.key, o.revision])).toEqual(expected.map(o => [o.key, o.revision]));
          given.push({ list, copy: [...list] });
          if (/^\/registry\/[^/]+\/[^/]+\/([^/]+\/)?$/.test(prefix)) {
            const bytes = expected.reduce((sum, o) => sum + o.bytes.length, 0);
            expect(index.size(prefix)).toEqual({ objects: expected.length, bytes });
          }
        }
        expect(index.get(key)).toBe(model.get(key));
      }
      for (const { list, copy } of given) expect(list).toEqual(copy);
    }),
  );
});

test('a list of long ago does not keep the objects that were written over since', async () => {
  const POD_COUNT = 1000;
  const podKey = (i: number) => `/registry/core/pods/default/pod-${String(i).padStart(4, '0')}`;
  const index = new ObjectIndex();
  const put = (i: number, at: number) => {
    const entry = new CachedEntry(podKey(i), value, revision(at));
    index.put(entry);
    return new WeakRef(entry);
  };
  const first = Array.from({ length: POD_COUNT }, (_, i) => put(i, i + 1));
  expect(index.list('/registry/core/pods/').length).toBe(POD_COUNT);
  for (let i = 0; i < POD_COUNT; i++) put(i, POD_COUNT + i + 1);
  for (let i = 0; i < POD_COUNT; i += 2) index.delete(podKey(i));
  // References that were just made are strong until the turn ends.
  await new Promise(resolve => setImmediate(resolve));
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  expect(first.filter(entry => entry.deref() !== undefined).length).toBeLessThan(POD_COUNT / 4);
  const left = index.list('/registry/core/pods/').map(o => [o.key, o.revision]);
  expect(left).toEqual(
    Array.from({ length: POD_COUNT / 2 }, (_, i) => [podKey(2 * i + 1), POD_COUNT + 2 * i + 2]),
  );
});
