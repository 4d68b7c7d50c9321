/**
 * The revision log: a key-value store with one monotonic revision for everything in it.
 *
 * Guarantees, checked for every backend by conformance.ts:
 * - A write that has been answered is durable: it survives kill -9 and power loss.
 * - Each write (create, update, delete) gets the next revision; revisions have no gaps that a
 *   reader can mistake for a lost event, and never repeat, across restarts too. Writes that are
 *   under way at the same time get theirs in any order.
 * - A watch from revision R gives every write with a revision above R, once, in order, or ends
 *   with CompactedError when R is older than what is kept. Writes answered before the watch
 *   was opened are included.
 * - By the time a write's promise resolves, its event has been handed to every open watch.
 *   (The watch cache rests on this: whoever reads after its own write sees it.)
 * - Reads at a revision see exactly the state after that revision, until it is compacted.
 *
 * Refused alternative: storing resourceVersion inside the value. A backend that assigns the
 * revision at commit (etcd) could not know it beforehand, so the value never contains it and
 * the API server splices it into the JSON when it reads (apiserver/cache/).
 */

/** A point in the log; 0 is before the first write. Safe integer. */
export type Revision = number & { readonly __brand: 'Revision' };
export const revision = (n: number): Revision => n as Revision;

export interface Entry {
  readonly key: string;
  readonly value: Buffer;
  /** The revision of the write that created this key (since its last deletion). */
  readonly createRevision: Revision;
  /** The revision of the last write to this key. */
  readonly modRevision: Revision;
}

export interface StoreEvent {
  readonly type: 'put' | 'delete';
  readonly key: string;
  /** put: the new value. delete: the last value the key had. */
  readonly value: Buffer;
  readonly createRevision: Revision;
  /** The revision of this write. */
  readonly revision: Revision;
}

export interface ListOptions {
  /** Keys that start with this; '' is everything. Keys are ordered bytewise (UTF-8). */
  readonly prefix: string;
  /** Only keys strictly after this one. */
  readonly startAfter?: string;
  /** At most this many (1 or more). */
  readonly limit?: number;
  /** The state after this revision; absent: the newest. */
  readonly revision?: Revision;
}

export interface ListResult {
  readonly entries: readonly Entry[];
  /** The revision the list shows. */
  readonly revision: Revision;
  /** How many keys with the prefix follow the last entry given. 0: the list is complete. */
  readonly remaining: number;
}

export interface Store {
  /** The revision of the newest write that has been answered. */
  currentRevision(): Revision;
  /** The oldest revision that can still be read. */
  compactedRevision(): Revision;
  /** @throws CompactedError, FutureRevisionError for a revision that is not there. */
  get(key: string, at?: Revision): Promise<Entry | undefined>;
  /** @throws CompactedError, FutureRevisionError */
  list(options: ListOptions): Promise<ListResult>;
  /** @throws KeyExistsError (with the entry that is there) */
  create(key: string, value: Buffer): Promise<Revision>;
  /** @throws RevisionConflictError when the key's modRevision is not `expected` (or it is gone). */
  update(key: string, value: Buffer, expected: Revision): Promise<Revision>;
  /** @throws RevisionConflictError */
  delete(key: string, expected: Revision): Promise<Revision>;
  /**
   * Calls `onEvents` with batches of every event after `from` whose key starts with `prefix`,
   * synchronously with the commit once it has caught up. `onEvents` must not throw.
   * Resolves when it has caught up: everything answered before the call has been handed over.
   * @throws CompactedError when `from` is older than what is kept
   */
  watch(options: WatchOptions): Promise<StoreWatch>;
  /** Forgets states older than `at`; they answer CompactedError from then on. */
  compact(at: Revision): Promise<void>;
  /** Waits for writes under way, ends the watches, releases files. Later calls fail. */
  close(): Promise<void>;
}

export interface WatchOptions {
  readonly prefix: string;
  readonly from: Revision;
  readonly onEvents: (events: readonly StoreEvent[]) => void;
  /** The watch ended by itself: the store was closed, or (etcd) it fell behind a compaction. */
  readonly onEnd?: (cause: Error) => void;
}

export interface StoreWatch {
  /** No call of onEvents follows. */
  stop(): void;
}

export class CompactedError extends Error {
  override readonly name = 'CompactedError';
  constructor(
    readonly requested: Revision,
    readonly compacted: Revision,
  ) {
    super(`Cannot read revision ${requested}: everything before ${compacted} has been compacted`);
  }
}

export class FutureRevisionError extends Error {
  override readonly name = 'FutureRevisionError';
  constructor(
    readonly requested: Revision,
    readonly current: Revision,
  ) {
    super(`Cannot read revision ${requested}: the newest is ${current}`);
  }
}

export class KeyExistsError extends Error {
  override readonly name = 'KeyExistsError';
  constructor(readonly entry: Entry) {
    super(`Cannot create ${entry.key}: it exists since revision ${entry.createRevision}`);
  }
}

export class RevisionConflictError extends Error {
  override readonly name = 'RevisionConflictError';
  /** `current` is undefined when the key is not there. */
  constructor(
    readonly key: string,
    readonly expected: Revision,
    readonly current: Entry | undefined,
  ) {
    super(
      `Cannot write ${key} at revision ${expected}: ${current ? `it is at ${current.modRevision}` : 'it does not exist'}`,
    );
  }
}

/** The store was closed; every later call, and every watch that was open, ends with this. */
export class StoreClosedError extends Error {
  override readonly name = 'StoreClosedError';
  constructor() {
    super('Cannot use the store: it is closed');
  }
}

/** The medium failed (disk full, damaged file, held by another process): one line for a person. */
export class StoreIoError extends Error {
  override readonly name = 'StoreIoError';
}
