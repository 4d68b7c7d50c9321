/**
 * Where things are in etcd, under a prefix ('/peapod'):
 *
 *   /peapod.incomplete       is there while a copy or a restore fills the store
 *   /peapod.large/…          parts of values that are too large for one request (large-values.ts)
 *   /peapod.meta             {"format":1,"first":N}; the revision of this key stands for our N
 *   /peapod.tick             written to see the watch pass a revision (store.ts)
 *   /peapod/registry/core/pods/default/web       what is stored, as it is: etcdctl can read it
 *
 * Our revisions are etcd's, less what etcd had counted before the store was made: so a cluster that
 * is copied here goes on counting where it was (`first`). '.' comes before '/', so one watch from
 * .tick to the end of what is stored sees all that matters, in order, and nothing else.
 *
 * Refused alternative: /registry at the top, as upstream. In an etcd that has a cluster of
 * upstream's in it, both would read the other's objects.
 */
import type { Entry, Revision, StoreEvent } from '../contract.ts';
import { revision } from '../contract.ts';
import type { KeyRange, KeyValue, RawEvent } from './messages.ts';

export const DEFAULT_PREFIX = '/peapod';
const PREFIX = /^\/[A-Za-z0-9_-]+$/;

/** The names below one prefix. */
export class Layout {
  readonly prefix: string;
  readonly incomplete: Buffer;
  readonly meta: Buffer;
  readonly tick: Buffer;
  /** Everything that is the store's. */
  readonly all: readonly KeyRange[];
  /** What is stored, and the ticks. */
  readonly watched: KeyRange;
  readonly #rootBytes: number;

  /** @throws RangeError for a prefix that cannot be */
  constructor(prefix = DEFAULT_PREFIX) {
    if (!PREFIX.test(prefix)) {
      throw new RangeError(
        `"${prefix}" is no prefix for etcd: use "/" and then letters, digits, "-" and "_"`,
      );
    }
    this.prefix = prefix;
    this.#rootBytes = Buffer.byteLength(prefix);
    const name = (text: string) => Buffer.from(prefix + text);
    this.incomplete = name('.incomplete');
    this.meta = name('.meta');
    this.tick = name('.tick');
    this.watched = { key: this.tick, rangeEnd: name('0') };
    this.all = [
      { key: this.incomplete },
      { key: name('.large/'), rangeEnd: name('.large0') },
      { key: this.meta },
      { key: this.tick },
      { key: name('/'), rangeEnd: name('0') },
    ];
  }

  /** @throws RangeError for a key that is not below the prefix */
  checkKey(key: string): void {
    if (!key.startsWith('/'))
      throw new RangeError(`Cannot write key ${JSON.stringify(key)}: keys begin with "/"`);
  }

  keyOf(key: string): Buffer {
    return Buffer.from(this.prefix + key);
  }

  /** The parts of `key`'s values, or of one of them. */
  large(keyDigest: string, id = ''): Buffer {
    return Buffer.from(`${this.prefix}.large/${keyDigest}/${id}`);
  }

  /** Keys with `prefix` after `startAfter`; undefined where there can be none. */
  range(prefix: string, startAfter?: string): Required<KeyRange> | undefined {
    if (prefix !== '' && !prefix.startsWith('/')) return undefined;
    const first = this.keyOf(prefix || '/');
    const after = startAfter === undefined ? undefined : this.keyOf(`${startAfter}\0`);
    const key = after && Buffer.compare(after, first) > 0 ? after : first;
    const rangeEnd = Buffer.from(first);
    // UTF-8 has no byte 0xff, so adding one never carries.
    rangeEnd.writeUInt8(rangeEnd.readUInt8(rangeEnd.length - 1) + 1, rangeEnd.length - 1);
    return Buffer.compare(key, rangeEnd) < 0 ? { key, rangeEnd } : undefined;
  }

  isTick(event: RawEvent): boolean {
    return event.kv.key.equals(this.tick);
  }

  nameOf(key: Buffer): string {
    return key.toString('utf8', this.#rootBytes);
  }
}

/** Between etcd's revisions and ours. */
export class Numbering {
  readonly #offset: number;
  /** The store was empty at this one, and had no state before. */
  readonly first: Revision;

  /** @param made etcd's revision of the write that made the store, which is our `first` */
  constructor(made: number, first: Revision) {
    this.first = first;
    this.#offset = made - first;
  }

  ours(etcd: number): Revision {
    return revision(etcd - this.#offset);
  }

  /** At least 1: what is below is no revision of any key's. */
  theirs(ours: Revision): number {
    return Math.max(1, ours + this.#offset);
  }

  entry(key: string, kv: KeyValue, value: Buffer): Entry {
    return {
      key,
      value,
      createRevision: this.ours(kv.createRevision),
      modRevision: this.ours(kv.modRevision),
    };
  }

  event(key: string, raw: RawEvent, value: Buffer): StoreEvent {
    const { kv, prevKv } = raw;
    return {
      type: raw.type === 'PUT' ? 'put' : 'delete',
      key,
      value,
      // That of a deletion has been forgotten by etcd in the event itself.
      createRevision: this.ours((raw.type === 'PUT' ? kv : (prevKv ?? kv)).createRevision),
      revision: this.ours(kv.modRevision),
    };
  }
}
