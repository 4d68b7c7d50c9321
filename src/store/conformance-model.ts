/**
 * A store as simple as can be, which keeps a copy of everything at every revision; random
 * histories are played on it and on a backend, and both must say the same. Used by
 * conformance.ts and its parts only.
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import { type Entry, revision, type Store, type StoreEvent } from './contract.ts';
import { compareKeys } from './key.ts';

export const bytes = (text: string): Buffer => Buffer.from(text);
/** An event as a line that a failed comparison shows. */
export const brief = (e: StoreEvent): string =>
  `${e.revision} ${e.type} ${e.key}=${e.value} @${e.createRevision}`;

export type Step =
  | { readonly do: 'create' | 'update' | 'delete'; readonly key: string; readonly value: string }
  /** `part` of the way from the compacted to the newest revision. */
  | { readonly do: 'compact'; readonly part: number }
  | { readonly do: 'reopen' };

const KEYS = ['/a/1', '/a/2', '/a', '/a/1/x', '/b/1', '/b/ü', '/b/\u{1f600}', '/b/\uffee'];
const write = fc.record({
  do: fc.constantFrom('create' as const, 'update' as const, 'delete' as const),
  key: fc.constantFrom(...KEYS),
  value: fc.string({ maxLength: 5 }),
});

export const randomHistories: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 20, arbitrary: write },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('compact' as const),
        part: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
  ),
  { maxLength: 60 },
);

export class Model {
  /** The state after each revision. */
  readonly #states: ReadonlyMap<string, Entry>[] = [new Map()];
  readonly #events: StoreEvent[] = [];
  #compacted = 0;

  get #revision(): number {
    return this.#states.length - 1;
  }

  /** Plays `step` on both; the answers must agree. */
  async play(store: Store, step: Exclude<Step, { do: 'reopen' }>): Promise<void> {
    if (step.do === 'compact') {
      const at = Math.floor(this.#compacted + step.part * (this.#revision - this.#compacted));
      await store.compact(revision(at));
      this.#compacted = at;
      return;
    }
    const { key } = step;
    const value = Buffer.from(step.value);
    const existing = this.#states.at(-1)?.get(key);
    // What is not there is written with a revision that cannot be right.
    const expected = existing?.modRevision ?? revision(this.#revision + 1);
    const answer = {
      create: () => store.create(key, value),
      update: () => store.update(key, value, expected),
      delete: () => store.delete(key, expected),
    }[step.do]();
    if ((step.do === 'create') === (existing !== undefined)) {
      await expect(answer).rejects.toMatchObject(
        step.do === 'create' ? { entry: existing } : { key, expected, current: undefined },
      );
      return;
    }
    expect(await answer).toBe(this.#apply(step.do === 'delete' ? 'delete' : 'put', key, value, existing));
  }

  #apply(type: 'put' | 'delete', key: string, value: Buffer, existing: Entry | undefined): number {
    const next = new Map(this.#states.at(-1));
    const at = revision(this.#revision + 1);
    const createRevision = existing?.createRevision ?? at;
    if (type === 'delete') next.delete(key);
    else next.set(key, { key, value, createRevision, modRevision: at });
    this.#states.push(next);
    const shown = type === 'delete' ? (existing as Entry).value : value;
    this.#events.push({ type, key, value: shown, createRevision, revision: at });
    return at;
  }

  /** Compares everything that can be read. */
  async check(store: Store): Promise<void> {
    expect(store.currentRevision()).toBe(this.#revision);
    expect(store.compactedRevision()).toBe(this.#compacted);
    for (let at = this.#compacted; at <= this.#revision; at++) {
      const state = this.#states[at] as ReadonlyMap<string, Entry>;
      for (const key of KEYS) expect(await store.get(key, revision(at))).toEqual(state.get(key));
      for (const prefix of ['', '/a', '/a/', '/b/']) {
        const entries = [...state.values()]
          .filter(e => e.key.startsWith(prefix))
          .sort((a, b) => compareKeys(a.key, b.key));
        expect(await store.list({ prefix, revision: revision(at) })).toEqual({
          entries,
          revision: at,
          remaining: 0,
        });
      }
      const seen: StoreEvent[] = [];
      const watch = await store.watch({
        prefix: '',
        from: revision(at),
        onEvents: e => void seen.push(...e),
      });
      watch.stop();
      expect(seen).toEqual(this.#events.slice(at));
    }
  }
}
