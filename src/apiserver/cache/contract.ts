/**
 * The watch cache: every object of the cluster once, frozen, with its JSON bytes, fed by one
 * watch of the store. GET, LIST and WATCH are answered from here without the store, and
 * in-process components read the very same objects.
 *
 * Guarantees:
 * - By the time a store write's promise resolves, the cache shows it (the store's contract).
 * - Objects are deeply frozen. Bytes are never changed.
 * - A watch gives each matching event once, in revision order, from the revision asked for; one
 *   that cannot be served any more is refused with CompactedError.
 * - A slow watcher holds at most `maxBacklogBytes`; beyond it, it is ended, not the server.
 */
import type { KubeObject } from '../../api/object.ts';
import type { Revision } from '../../store/contract.ts';

export interface CachedObject<T extends KubeObject = KubeObject> {
  /** The store key: /registry/<group or 'core'>/<plural>/[<namespace>/]<name>. */
  readonly key: string;
  readonly revision: Revision;
  /** Frozen, with kind, apiVersion and metadata.resourceVersion. Parsed on first use. */
  readonly object: T;
  /** Lets the parsed form go, which is three times as large as the bytes; it may be asked for again. */
  forgetObject(): void;
  /** The same object as JSON: {"kind":…,"apiVersion":…,"metadata":{"resourceVersion":…,…},…}. */
  readonly bytes: Buffer;
  /**
   * Where the part after kind and apiVersion starts: '{' + bytes.subarray(itemStart) is the
   * object as an item of a list, which carries neither (upstream does the same).
   */
  readonly itemStart: number;
  /** The metadata, with its name, is what lies between itemStart and here. Found on first use. */
  readonly metadataEnd: number;
}

export interface CacheEvent<T extends KubeObject = KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly revision: Revision;
  /** DELETED: the last state, with resourceVersion set to the revision of the deletion. */
  readonly current: CachedObject<T>;
  /** The state before; undefined for ADDED. */
  readonly previous: CachedObject<T> | undefined;
  /** `{"type":…,"object":…}\n`, made on first use and shared by all watchers. */
  readonly line: Buffer;
}

export interface WatchCache {
  /** The revision the cache shows. */
  readonly revision: Revision;
  get<T extends KubeObject>(key: string): CachedObject<T> | undefined;
  /** In key order. The result is a snapshot: later writes do not change it. */
  list<T extends KubeObject>(prefix: string): readonly CachedObject<T>[];
  /** How much a list with this prefix, of a resource or a namespace of it, would be; 0 for others. */
  size(prefix: string): { readonly objects: number; readonly bytes: number };
  /** The state after an older revision, from the store. @throws CompactedError, FutureRevisionError */
  listAt<T extends KubeObject>(prefix: string, at: Revision): Promise<readonly CachedObject<T>[]>;
  /** @throws CompactedError, FutureRevisionError */
  watch<T extends KubeObject>(options: CacheWatchOptions<T>): Promise<CacheWatch>;
}

export interface CacheWatchOptions<T extends KubeObject> {
  readonly prefix: string;
  /** Events after this one. */
  readonly from: Revision;
  /** Called synchronously with each batch; events replayed from the past come first. Must not throw. */
  readonly onEvents: (events: readonly CacheEvent<T>[]) => void;
  /** The cache is closing, or the store ended its watch: the watcher should end its stream cleanly. */
  readonly onEnd: (cause: Error | undefined) => void;
}

export interface CacheWatch {
  stop(): void;
}
