/**
 * What every store must do (contract.ts), as vitest cases that each backend runs. A case gets a
 * fresh, empty store; `reopen` is there where a backend keeps its state.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { brief, bytes, Model, randomHistories } from './conformance-model.ts';
import { testWatches } from './conformance-watch.ts';
import {
  CompactedError,
  FutureRevisionError,
  KeyExistsError,
  type Revision,
  RevisionConflictError,
  revision,
  type Store,
  StoreClosedError,
  type StoreEvent,
} from './contract.ts';

export interface StoreUnderTest {
  readonly store: Store;
  /** Closes the store and opens it again; absent when nothing is kept. */
  readonly reopen?: () => Promise<Store>;
  /** Closes what is open and removes all traces. */
  readonly dispose: () => Promise<void>;
}

/** Writes that are under way at once may get their revisions in any order. */
const inOrder = (revisions: readonly Revision[]) => [...revisions].sort((a, b) => a - b);
const text = (value: Buffer | undefined) => value?.toString();

export function testStore(name: string, make: () => Promise<StoreUnderTest>): void {
  const made: StoreUnderTest[] = [];
  const fresh = async () => {
    const under = await make();
    made.push(under);
    return under;
  };
  const open = async () => (await fresh()).store;
  afterEach(async () => {
    for (const under of made.splice(0)) await under.dispose();
  });

  describe(`${name} keeps the store contract`, () => {
    test('an empty store is at revision 0 and has nothing', async () => {
      const store = await open();
      expect(store.currentRevision()).toBe(0);
      expect(store.compactedRevision()).toBe(0);
      expect(await store.get('/a')).toBeUndefined();
      expect(await store.list({ prefix: '' })).toEqual({ entries: [], revision: 0, remaining: 0 });
    });

    test('every write gets the next revision, and refused ones get none', async () => {
      const store = await open();
      expect(await store.create('/a', bytes('1'))).toBe(1);
      await expect(store.create('/a', bytes('2'))).rejects.toBeInstanceOf(KeyExistsError);
      expect(await store.update('/a', bytes('3'), revision(1))).toBe(2);
      await expect(store.update('/a', bytes('4'), revision(1))).rejects.toBeInstanceOf(RevisionConflictError);
      await expect(store.delete('/a', revision(1))).rejects.toBeInstanceOf(RevisionConflictError);
      expect(await store.delete('/a', revision(2))).toBe(3);
      await expect(store.update('/a', bytes('5'), revision(3))).rejects.toBeInstanceOf(RevisionConflictError);
      await expect(store.delete('/a', revision(3))).rejects.toBeInstanceOf(RevisionConflictError);
      expect(await store.create('/a', bytes('6'))).toBe(4);
      expect(await store.get('/a')).toEqual({
        key: '/a',
        value: bytes('6'),
        createRevision: 4,
        modRevision: 4,
      });
    });

    test('a refusal tells what is there', async () => {
      const store = await open();
      await store.create('/a', bytes('old'));
      await store.update('/a', bytes('new'), revision(1));
      const exists = await store.create('/a', bytes('x')).catch((e: unknown) => e as KeyExistsError);
      expect(exists).toMatchObject({ entry: { modRevision: 2, createRevision: 1, value: bytes('new') } });
      const conflict = await store.update('/a', bytes('x'), revision(1)).catch((e: unknown) => e);
      expect(conflict).toMatchObject({ key: '/a', expected: 1, current: { modRevision: 2 } });
      const gone = await store.delete('/b', revision(1)).catch((e: unknown) => e);
      expect(gone).toMatchObject({ key: '/b', current: undefined });
    });

    test('values are opaque bytes of any size', async () => {
      const store = await open();
      const values = [Buffer.alloc(0), Buffer.from([0, 255, 0, 128]), Buffer.alloc(3 * 1024 * 1024, 7)];
      for (const [i, value] of values.entries()) await store.create(`/v${i}`, value);
      for (const [i, value] of values.entries()) {
        expect((await store.get(`/v${i}`))?.value.equals(value)).toBe(true);
      }
    });

    test('keys are listed bytewise, by prefix, in pages that show one revision', async () => {
      const store = await open();
      const keys = [
        '/p/b',
        '/p/a',
        '/p/a-b',
        '/p/a.b',
        '/p/a/b',
        '/p/ä',
        '/p/\u{1f600}',
        '/p/\uffee',
        '/q',
        '/p',
      ];
      for (const key of keys) await store.create(key, bytes(key));
      const inOrder = keys
        .filter(k => k.startsWith('/p/'))
        .sort((a, b) => Buffer.compare(bytes(a), bytes(b)));
      const all = await store.list({ prefix: '/p/' });
      expect(all.entries.map(e => e.key)).toEqual(inOrder);
      expect(all.remaining).toBe(0);

      const paged: string[] = [];
      for (let startAfter: string | undefined; ; ) {
        const page = await store.list({
          prefix: '/p/',
          limit: 3,
          revision: all.revision,
          ...(startAfter && { startAfter }),
        });
        paged.push(...page.entries.map(e => e.key));
        expect(page.remaining).toBe(inOrder.length - paged.length);
        expect(page.revision).toBe(all.revision);
        // Later writes do not show.
        await store.create(`/p/new${paged.length}`, bytes('x'));
        startAfter = page.entries.at(-1)?.key;
        if (page.remaining === 0) break;
      }
      expect(paged).toEqual(inOrder);
    });

    test('startAfter before or after the prefix is nothing special', async () => {
      const store = await open();
      for (const key of ['/a', '/b/1', '/b/2', '/c']) await store.create(key, bytes(key));
      const keysOf = async (startAfter: string) =>
        (await store.list({ prefix: '/b/', startAfter })).entries.map(e => e.key);
      expect(await keysOf('/a')).toEqual(['/b/1', '/b/2']);
      expect(await keysOf('/b/1')).toEqual(['/b/2']);
      expect(await keysOf('/b/15')).toEqual(['/b/2']);
      expect(await keysOf('/c')).toEqual([]);
    });

    test('keys that are empty, too long or not Unicode are refused', async () => {
      const store = await open();
      for (const key of ['', '/'.padEnd(1025, 'x'), '/ä'.padEnd(600, 'ä'), '/\ud800']) {
        await expect(store.create(key, bytes('x'))).rejects.toBeInstanceOf(RangeError);
      }
      expect(await store.create('/'.padEnd(1024, 'x'), bytes('x'))).toBe(1);
    });

    test('a revision that is not there yet is refused everywhere', async () => {
      const store = await open();
      await store.create('/a', bytes('1'));
      const future = revision(2);
      await expect(store.get('/a', future)).rejects.toBeInstanceOf(FutureRevisionError);
      await expect(store.list({ prefix: '', revision: future })).rejects.toBeInstanceOf(FutureRevisionError);
      await expect(store.watch({ prefix: '', from: future, onEvents: () => {} })).rejects.toBeInstanceOf(
        FutureRevisionError,
      );
      await expect(store.compact(future)).rejects.toBeInstanceOf(FutureRevisionError);
    });

    test('concurrent creates of one key: exactly one wins', async () => {
      const store = await open();
      const results = await Promise.allSettled(
        Array.from({ length: 50 }, (_, i) => store.create('/same', bytes(String(i)))),
      );
      expect(results.filter(r => r.status === 'fulfilled').length).toBe(1);
      expect(store.currentRevision()).toBe(1);
    });

    test('thousands of writes at once are each answered with a revision of their own', async () => {
      const store = await open();
      const seen: Revision[] = [];
      await store.watch({
        prefix: '',
        from: revision(0),
        onEvents: e => void seen.push(...e.map(x => x.revision)),
      });
      const revisions = await Promise.all(
        Array.from({ length: 3000 }, (_, i) =>
          store.create(`/k${i}`, Buffer.alloc(i % 7 === 0 ? 9000 : 100, i)),
        ),
      );
      expect(inOrder(revisions)).toEqual(Array.from({ length: 3000 }, (_, i) => i + 1));
      expect(seen).toEqual(inOrder(revisions));
      const { entries } = await store.list({ prefix: '' });
      expect(entries.length).toBe(3000);
      for (const { key, value } of entries) expect(value.at(-1)).toBe(Number(key.slice(2)) % 256);
    });

    test('concurrent read-modify-write loses no update', async () => {
      const store = await open();
      await store.create('/n', bytes('0'));
      const increment = async () => {
        for (;;) {
          const entry = await store.get('/n');
          if (!entry) throw new Error('gone');
          try {
            return await store.update('/n', bytes(String(Number(entry.value) + 1)), entry.modRevision);
          } catch (error) {
            if (!(error instanceof RevisionConflictError)) throw error;
          }
        }
      };
      const revisions = await Promise.all(Array.from({ length: 40 }, increment));
      expect(text((await store.get('/n'))?.value)).toBe('40');
      expect(new Set(revisions).size).toBe(40);
    });

    testWatches(open);

    test('compaction forgets the past and keeps the present', async () => {
      const store = await open();
      await store.create('/kept', bytes('1'));
      await store.create('/changed', bytes('1'));
      await store.update('/changed', bytes('2'), revision(2));
      await store.create('/gone', bytes('1'));
      await store.delete('/gone', revision(4));
      await store.update('/changed', bytes('3'), revision(3));
      await store.compact(revision(5));
      expect(store.compactedRevision()).toBe(5);
      expect(store.currentRevision()).toBe(6);
      await expect(store.get('/kept', revision(4))).rejects.toBeInstanceOf(CompactedError);
      await expect(store.list({ prefix: '', revision: revision(4) })).rejects.toBeInstanceOf(CompactedError);
      await expect(store.watch({ prefix: '', from: revision(4), onEvents: () => {} })).rejects.toBeInstanceOf(
        CompactedError,
      );
      const at5 = await store.list({ prefix: '', revision: revision(5) });
      expect(at5.entries.map(e => [e.key, text(e.value)])).toEqual([
        ['/changed', '2'],
        ['/kept', '1'],
      ]);
      const seen: StoreEvent[] = [];
      await store.watch({ prefix: '', from: revision(5), onEvents: e => void seen.push(...e) });
      expect(seen.map(brief)).toEqual(['6 put /changed=3 @2']);
      await store.compact(revision(3));
      expect(store.compactedRevision()).toBe(5);
      await store.compact(revision(6));
      expect(text((await store.get('/changed'))?.value)).toBe('3');
      expect(await store.create('/gone', bytes('again'))).toBe(7);
    });

    test('compaction among concurrent writes and watches loses nothing that follows', async () => {
      const store = await open();
      const seen: Revision[] = [];
      await store.watch({
        prefix: '',
        from: revision(0),
        onEvents: e => void seen.push(...e.map(x => x.revision)),
      });
      const writers = Array.from({ length: 8 }, async (_, w) => {
        let at = await store.create(`/w${w}`, bytes('0'));
        for (let i = 0; i < 30; i++) at = await store.update(`/w${w}`, bytes(String(i)), at);
      });
      const compactor = (async () => {
        for (let i = 0; i < 10; i++) {
          await new Promise(setImmediate);
          await store.compact(store.currentRevision());
        }
      })();
      await Promise.all([...writers, compactor]);
      expect(seen).toEqual(Array.from({ length: 8 * 31 }, (_, i) => i + 1));
      const { entries } = await store.list({ prefix: '' });
      expect(entries.map(e => text(e.value))).toEqual(Array(8).fill('29'));
    });

    test('closing waits for writes under way, ends watches and refuses what follows', async () => {
      const store = await open();
      const ends: Error[] = [];
      await store.watch({ prefix: '', from: revision(0), onEvents: () => {}, onEnd: e => void ends.push(e) });
      const writes = Array.from({ length: 10 }, (_, i) => store.create(`/k${i}`, bytes('x')));
      const closing = store.close();
      expect(inOrder(await Promise.all(writes))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      await closing;
      await store.close();
      expect(ends.map(e => e.name)).toEqual(['StoreClosedError']);
      await expect(store.get('/k1')).rejects.toBeInstanceOf(StoreClosedError);
      await expect(store.list({ prefix: '' })).rejects.toBeInstanceOf(StoreClosedError);
      await expect(store.create('/x', bytes('x'))).rejects.toBeInstanceOf(StoreClosedError);
      await expect(store.update('/k1', bytes('x'), revision(2))).rejects.toBeInstanceOf(StoreClosedError);
      await expect(store.delete('/k1', revision(2))).rejects.toBeInstanceOf(StoreClosedError);
      await expect(store.compact(revision(1))).rejects.toBeInstanceOf(StoreClosedError);
      await expect(store.watch({ prefix: '', from: revision(0), onEvents: () => {} })).rejects.toBeInstanceOf(
        StoreClosedError,
      );
    });

    test('any history reads as the model says, at every revision', async () => {
      await fc.assert(
        fc.asyncProperty(randomHistories, async steps => {
          const under = await fresh();
          let store = under.store;
          const model = new Model();
          for (const step of steps) {
            if (step.do === 'reopen') store = (await under.reopen?.()) ?? store;
            else await model.play(store, step);
          }
          await model.check(store);
          await under.dispose();
          made.splice(made.indexOf(under), 1);
        }),
        { numRuns: 40 },
      );
    });
  });
}
