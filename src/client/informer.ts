/**
 * An informer: one list, then one watch, of a resource; keeps what it saw in an indexed store
 * and tells handlers of each change. Many components share one (informer-factory.ts).
 *
 * Guarantees:
 * - Handlers are called synchronously, in the order of events; the store already shows the
 *   event when they are. Calls for one object never skip its deletion: an object that was
 *   deleted and made again while the watch was away gives `deleted` and then `added`.
 * - A handler that is added late is told at once of every object already known (`added`).
 * - `synced` resolves after the first list has been handed to the handlers.
 * - When the watch ends it resumes after the last event or bookmark; when that version is
 *   compacted (410) it lists again and gives the difference.
 * - Failures are retried for ever, with exponential backoff and jitter, until `run` is aborted.
 *
 * Refused alternative: periodic resync in the informer. A handler that must look again at a
 * later time puts its key into a work queue with a delay; nothing is called for no reason.
 */
import { type GroupVersionResource, type KubeObject, objectKey } from '../api/object.ts';
import { isStatusError } from '../api/status-error.ts';
import { Backoff } from '../base/backoff.ts';
import { type Clock, sleep } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Client, ListOptions, ResourceClient, WatchEvent } from './contract.ts';
import { type Index, IndexedStore, type IndexFunction, type Lister } from './indexed-store.ts';

export interface InformerHandlers<T> {
  /** `initial`: it was there before the handler, or came with the first list. */
  added?(object: T, initial: boolean): void;
  updated?(object: T, old: T): void;
  /** With the last state known; after a gap in the watch that may be an old one. */
  deleted?(object: T): void;
}

export interface Informer<T extends KubeObject> {
  readonly resource: GroupVersionResource;
  readonly lister: Lister<T>;
  readonly hasSynced: boolean;
  /** Resolves once the first list has been delivered; never rejects. */
  readonly synced: Promise<void>;
  /** Returns the function that takes the handlers off again. */
  addHandlers(handlers: InformerHandlers<T>): () => void;
  /** A named index (indexes.ts has the usual ones); the first function given for a name is used. */
  index(name: string, values: IndexFunction<T>): Index<T>;
}

export interface InformerOptions {
  readonly client: Client;
  readonly resource: GroupVersionResource;
  readonly selection?: InformerSelection | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** What part of the resource is listed and watched. */
export type InformerSelection = Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector'>;

/** client-go's reflector: 800 ms, doubling up to 30 s, forgotten after two quiet minutes. */
const BACKOFF = { baseMs: 800, maxMs: 30_000, factor: 2, jitter: 1 };
const BACKOFF_RESET_MS = 120_000;
/** A watch that ends sooner than this without an event is a failure, not a server's time-out. */
const SHORT_WATCH_MS = 1_000;

export class SharedInformer<T extends KubeObject> implements Informer<T> {
  readonly resource: GroupVersionResource;
  readonly lister: Lister<T>;
  readonly synced: Promise<void>;
  readonly #options: InformerOptions;
  readonly #client: ResourceClient<T>;
  readonly #store = new IndexedStore<T>();
  /** Replaced, never changed: a handler may add or remove handlers while it is called. */
  #handlers: readonly InformerHandlers<T>[] = [];
  readonly #log: Logger;
  #synced = false;
  #markSynced: () => void = () => {};

  constructor(options: InformerOptions) {
    this.#options = options;
    this.resource = options.resource;
    this.lister = this.#store;
    this.#client = options.client.resource<T>(options.resource);
    this.#log = options.log.with({ resource: options.resource.resource });
    this.synced = new Promise(resolve => {
      this.#markSynced = resolve;
    });
  }

  get hasSynced(): boolean {
    return this.#synced;
  }

  addHandlers(handlers: InformerHandlers<T>): () => void {
    this.#handlers = [...this.#handlers, handlers];
    for (const object of this.#store.list()) this.#guard(() => handlers.added?.(object, true));
    return () => {
      this.#handlers = this.#handlers.filter(other => other !== handlers);
    };
  }

  index(name: string, values: IndexFunction<T>): Index<T> {
    return this.#store.index(name, values);
  }

  /** Lists and watches until `signal` is aborted. Call it once. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    const backoff = new Backoff(BACKOFF, random);
    let lastFailureMs = clock.monotonic();
    let version: string | undefined;
    while (!signal.aborted) {
      try {
        version ??= await this.#list();
        const startedMs = clock.monotonic();
        const before = version;
        version = await this.#watch(version, signal);
        if (version !== before || clock.monotonic() - startedMs >= SHORT_WATCH_MS) continue;
        if (signal.aborted) return;
        this.#log.debug('watch ended at once');
      } catch (error) {
        if (signal.aborted) return;
        const failure = error instanceof WatchFailure ? error : undefined;
        const cause = failure ? failure.cause : error;
        version = failure?.version;
        if (isCompacted(cause)) {
          this.#log.debug('watch fell behind, listing again', { version });
          version = undefined;
          if (failure?.hadEvents) continue;
        } else {
          this.#log.warn('list or watch failed', { error: String(cause) });
        }
      }
      const nowMs = clock.monotonic();
      if (nowMs - lastFailureMs > BACKOFF_RESET_MS) backoff.reset();
      lastFailureMs = nowMs;
      await sleep(clock, backoff.next(), signal);
    }
  }

  /**
   * Brings the store to the listed state; gives its version. No limit is asked for: the newest
   * state is at hand on the server, the pages of an older one would have to be read again.
   */
  async #list(): Promise<string> {
    const items: T[] = [];
    let next: string | undefined;
    let resourceVersion: string;
    do {
      const page = await this.#client.list({
        ...this.#options.selection,
        ...(next ? { continue: next } : {}),
      });
      items.push(...page.items);
      resourceVersion = page.resourceVersion;
      next = page.continue;
    } while (next);

    const present = new Set(items.map(objectKey));
    for (const key of this.#store.keys()) if (!present.has(key)) this.#remove(key);
    for (const object of items) this.#put(object);
    if (!this.#synced) {
      this.#synced = true;
      this.#markSynced();
    }
    return resourceVersion;
  }

  /** Gives the version of the last event when the watch ends by itself; throws WatchFailure. */
  async #watch(from: string, signal: AbortSignal): Promise<string> {
    let version = from;
    try {
      const events = this.#client.watch({
        ...this.#options.selection,
        resourceVersion: from,
        allowBookmarks: true,
        signal,
      });
      for await (const event of events) {
        if (signal.aborted) break;
        version = this.#apply(event);
      }
      return version;
    } catch (cause) {
      throw new WatchFailure(version, version !== from, cause);
    }
  }

  #apply(event: WatchEvent<T>): string {
    if (event.type === 'BOOKMARK') return event.resourceVersion;
    if (event.type === 'DELETED') this.#remove(objectKey(event.object), event.object);
    else this.#put(event.object);
    return event.object.metadata.resourceVersion ?? '';
  }

  #put(object: T): void {
    const old = this.#store.getByKey(objectKey(object));
    if (old && old.metadata.uid !== object.metadata.uid) this.#remove(objectKey(object));
    else if (old && old.metadata.resourceVersion === object.metadata.resourceVersion) return;
    const replaced = this.#store.set(object);
    const initial = !this.#synced;
    for (const handlers of this.#handlers) {
      this.#guard(() =>
        replaced ? handlers.updated?.(object, replaced) : handlers.added?.(object, initial),
      );
    }
  }

  #remove(key: string, last?: T): void {
    const old = this.#store.delete(key);
    const gone = last ?? old;
    if (!old || !gone) return;
    for (const handlers of this.#handlers) this.#guard(() => handlers.deleted?.(gone));
  }

  /** One component's mistake must not stop the events of the others. */
  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#log.error('informer handler threw', {
        error: error instanceof Error ? error.stack : String(error),
      });
    }
  }
}

class WatchFailure extends Error {
  readonly version: string;
  readonly hadEvents: boolean;
  constructor(version: string, hadEvents: boolean, cause: unknown) {
    super('watch failed', { cause });
    this.version = version;
    this.hadEvents = hadEvents;
  }
}

const isCompacted = (error: unknown) => isStatusError(error) && error.code === 410;
