/**
 * The store in memory: for tests, and for clusters that may be forgotten. Nothing is durable;
 * all other guarantees of the contract hold. Every write commits at once, in call order.
 *
 * Each key has its versions since compaction, oldest first, a deletion being a version without a
 * value; the log holds the same writes in revision order, so that a watch from the past is a
 * slice.
 */
import {
  type Entry,
  FutureRevisionError,
  KeyExistsError,
  type ListOptions,
  type ListResult,
  type Revision,
  RevisionConflictError,
  revision,
  type Store,
  StoreClosedError,
  type StoreEvent,
  type StoreWatch,
  type WatchOptions,
} from '../contract.ts';
import { checkKey } from '../key.ts';
import { readable } from '../readable.ts';
import { Watchers } from '../watchers.ts';
import { SortedKeys } from './sorted-keys.ts';

interface Version {
  readonly revision: Revision;
  readonly createRevision: Revision;
  /** undefined: this version is a deletion. */
  readonly value: Buffer | undefined;
}

export class MemoryStore implements Store {
  #revision = revision(0);
  #compacted = revision(0);
  #closed = false;
  readonly #versions = new Map<string, Version[]>();
  readonly #keys = new SortedKeys();
  /** The writes #compacted + 1 to #revision. */
  #log: StoreEvent[] = [];
  readonly #watchers = new Watchers();

  currentRevision(): Revision {
    return this.#revision;
  }

  compactedRevision(): Revision {
    return this.#compacted;
  }

  async get(key: string, at?: Revision): Promise<Entry | undefined> {
    return this.#entry(key, this.#readable(at));
  }

  async list(options: ListOptions): Promise<ListResult> {
    const at = this.#readable(options.revision);
    const entries: Entry[] = [];
    let remaining = 0;
    for (const key of this.#keys.range(options.prefix, options.startAfter)) {
      const entry = this.#entry(key, at);
      if (!entry) continue;
      if (options.limit !== undefined && entries.length >= options.limit) remaining++;
      else entries.push(entry);
    }
    return { entries, revision: at, remaining };
  }

  async create(key: string, value: Buffer): Promise<Revision> {
    this.#assertOpen();
    checkKey(key);
    const existing = this.#entry(key, this.#revision);
    if (existing) throw new KeyExistsError(existing);
    return this.#commit('put', key, value, undefined);
  }

  async update(key: string, value: Buffer, expected: Revision): Promise<Revision> {
    return this.#commit('put', key, value, this.#expect(key, expected));
  }

  async delete(key: string, expected: Revision): Promise<Revision> {
    const existing = this.#expect(key, expected);
    return this.#commit('delete', key, existing.value, existing);
  }

  async watch(options: WatchOptions): Promise<StoreWatch> {
    const from = this.#readable(options.from);
    const past = this.#log
      .slice(from - this.#compacted)
      .filter(event => event.key.startsWith(options.prefix));
    // From the newest on: dispatch may be under way with events that `past` has already.
    const watch = this.#watchers.add({ ...options, from: this.#revision });
    if (past.length > 0) options.onEvents(past);
    return watch;
  }

  async compact(at: Revision): Promise<void> {
    this.#assertOpen();
    if (at > this.#revision) throw new FutureRevisionError(at, this.#revision);
    if (at <= this.#compacted) return;
    const dropped = this.#log.slice(0, at - this.#compacted);
    this.#log = this.#log.slice(at - this.#compacted);
    this.#compacted = at;
    for (const key of new Set(dropped.map(event => event.key))) this.#forget(key, at);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#watchers.end(new StoreClosedError());
  }

  #assertOpen(): void {
    if (this.#closed) throw new StoreClosedError();
  }

  #readable(at: Revision | undefined): Revision {
    this.#assertOpen();
    return readable(at, { current: this.#revision, compacted: this.#compacted });
  }

  #entry(key: string, at: Revision): Entry | undefined {
    const version = this.#versions.get(key)?.findLast(v => v.revision <= at);
    if (!version?.value) return undefined;
    return {
      key,
      value: version.value,
      createRevision: version.createRevision,
      modRevision: version.revision,
    };
  }

  #expect(key: string, expected: Revision): Entry {
    this.#assertOpen();
    const existing = this.#entry(key, this.#revision);
    if (existing?.modRevision !== expected) throw new RevisionConflictError(key, expected, existing);
    return existing;
  }

  #commit(type: 'put' | 'delete', key: string, value: Buffer, existing: Entry | undefined): Revision {
    this.#revision = revision(this.#revision + 1);
    const event: StoreEvent = {
      type,
      key,
      value,
      createRevision: existing?.createRevision ?? this.#revision,
      revision: this.#revision,
    };
    let versions = this.#versions.get(key);
    if (!versions) {
      versions = [];
      this.#versions.set(key, versions);
      this.#keys.add(key);
    }
    versions.push({
      revision: event.revision,
      createRevision: event.createRevision,
      value: type === 'put' ? value : undefined,
    });
    this.#log.push(event);
    this.#watchers.dispatch([event]);
    return event.revision;
  }

  /** Drops the versions of `key` that no revision from `at` on shows. */
  #forget(key: string, at: Revision): void {
    const versions = this.#versions.get(key);
    if (!versions) return;
    const shown = versions.findLastIndex(v => v.revision <= at);
    const kept = versions.slice(versions[shown]?.value ? shown : shown + 1);
    if (kept.length > 0) {
      this.#versions.set(key, kept);
    } else {
      this.#versions.delete(key);
      this.#keys.remove(key);
    }
  }
}
