/** The part of conformance.ts that is about watches. */
import { expect, test } from 'vitest';
import { brief, bytes } from './conformance-model.ts';
import { type Revision, revision, type Store, type StoreEvent } from './contract.ts';

/** @param open gives a fresh, empty store */
export function testWatches(open: () => Promise<Store>): void {
  test('by the time a write is answered, every open watch has its event', async () => {
    const store = await open();
    const seen: Revision[] = [];
    await store.watch({
      prefix: '/',
      from: revision(0),
      onEvents: events => void seen.push(...events.map(e => e.revision)),
    });
    await Promise.all(
      Array.from({ length: 64 }, async (_, i) => {
        const at = await store.create(`/k${i}`, bytes('x'));
        expect(seen).toContain(at);
        expect(store.currentRevision()).toBeGreaterThanOrEqual(at);
      }),
    );
    expect(seen).toEqual(Array.from({ length: 64 }, (_, i) => i + 1));
  });

  test('a watch from any revision gives what follows, once and in order', async () => {
    const store = await open();
    const live: StoreEvent[] = [];
    await store.watch({ prefix: '', from: revision(0), onEvents: e => void live.push(...e) });
    for (let round = 0; round < 20; round++) {
      const keys = Array.from({ length: 20 }, (_, i) => `/${i % 2}/${round}.${i}`);
      const made = await Promise.all(keys.map(key => store.create(key, bytes(`v${key}`))));
      await store.delete(keys[round] as string, made[round] as Revision);
    }
    for (let from = 0; from <= store.currentRevision(); from += 37) {
      for (const prefix of ['', '/1/']) {
        const seen: StoreEvent[] = [];
        const watch = await store.watch({
          prefix,
          from: revision(from),
          onEvents: e => void seen.push(...e),
        });
        expect(seen.map(brief)).toEqual(
          live.filter(e => e.revision > from && e.key.startsWith(prefix)).map(brief),
        );
        watch.stop();
      }
    }
  });

  test('a watch opened among concurrent writes misses and repeats nothing', async () => {
    const store = await open();
    const writes = Array.from({ length: 300 }, (_, i) => store.create(`/k${i}`, bytes('x')));
    const watches: Revision[][] = [];
    const opening = Array.from({ length: 20 }, async (_, i) => {
      await writes[i * 10];
      const seen: Revision[] = [];
      watches.push(seen);
      await store.watch({
        prefix: '',
        from: revision(i),
        onEvents: e => void seen.push(...e.map(x => x.revision)),
      });
      return { seen, from: i };
    });
    await Promise.all(writes);
    for (const { seen, from } of await Promise.all(opening)) {
      expect(seen).toEqual(Array.from({ length: 300 - from }, (_, i) => from + i + 1));
    }
  });

  test('a write made from a watch callback comes after the event that caused it, for all', async () => {
    const store = await open();
    const first: string[] = [];
    const second: string[] = [];
    let reaction: Promise<Revision> | undefined;
    await store.watch({
      prefix: '',
      from: revision(0),
      onEvents: events => {
        first.push(...events.map(e => e.key));
        reaction ??= store.create('/reaction', bytes('x'));
      },
    });
    await store.watch({
      prefix: '',
      from: revision(0),
      onEvents: e => void second.push(...e.map(x => x.key)),
    });
    await store.create('/cause', bytes('x'));
    await reaction;
    expect(first).toEqual(['/cause', '/reaction']);
    expect(second).toEqual(first);
  });

  test('a stopped watch is not called again', async () => {
    const store = await open();
    const seen: StoreEvent[] = [];
    const watch = await store.watch({ prefix: '', from: revision(0), onEvents: e => void seen.push(...e) });
    await store.create('/a', bytes('1'));
    watch.stop();
    watch.stop();
    await store.create('/b', bytes('1'));
    expect(seen.length).toBe(1);
  });
}
