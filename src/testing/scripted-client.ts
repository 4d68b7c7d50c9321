/**
 * A client whose one resource a test plays by hand: it changes objects, ends and breaks watches,
 * forgets the past (410), fails the next calls, and sees what was written. It knows no kinds and
 * no rules of the API; for those there is the in-process cluster.
 */
import { type KubeObject, objectKey } from '../api/object.ts';
import { notFound, StatusError } from '../api/status-error.ts';
import type { Client, Patch, ResourceClient, WatchEvent } from '../client/contract.ts';

interface OpenWatch {
  wake: () => void;
  /** Has taken every event so far, and waits for the next. */
  caughtUp: boolean;
  end: boolean;
  error: unknown;
}

export class ScriptedClient implements Client {
  readonly objects = new Map<string, KubeObject>();
  readonly created: KubeObject[] = [];
  readonly patched: { readonly name: string; readonly patch: Patch }[] = [];
  /** Thrown by the next calls of list, watch, create and patch, one each. */
  readonly failures: unknown[] = [];
  lists = 0;
  watches = 0;
  #version = 0;
  #compacted = 0;
  readonly #log: { readonly version: number; readonly event: WatchEvent<KubeObject> }[] = [];
  readonly #open = new Set<OpenWatch>();

  resource<T extends KubeObject>(): ResourceClient<T> {
    return this.#resource() as unknown as ResourceClient<T>;
  }

  /** Adds or changes an object, and tells the watches. */
  put(object: KubeObject): KubeObject {
    const known = this.objects.has(objectKey(object));
    const stored = this.#stamp(object);
    this.objects.set(objectKey(object), stored);
    this.#tell({ type: known ? 'MODIFIED' : 'ADDED', object: stored });
    return stored;
  }

  remove(key: string): void {
    const object = this.objects.get(key);
    if (!object) throw new Error(`Cannot remove ${key}: it is not there`);
    this.objects.delete(key);
    this.#tell({ type: 'DELETED', object: this.#stamp(object) });
  }

  bookmark(): void {
    this.#version += 1;
    this.#tell({ type: 'BOOKMARK', resourceVersion: String(this.#version) });
  }

  /** Every event so far is forgotten: watches from before now are refused. */
  compact(): void {
    this.#compacted = this.#version;
  }

  /** Whether those that watch have taken every event there was. */
  get caughtUp(): boolean {
    return [...this.#open].every(watch => watch.caughtUp);
  }

  /** Ends the open watches, cleanly or with an error. */
  endWatches(error?: unknown): void {
    for (const watch of this.#open) {
      watch.end = true;
      watch.error = error;
      watch.wake();
    }
  }

  #stamp(object: KubeObject): KubeObject {
    this.#version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
  }

  #tell(event: WatchEvent<KubeObject>): void {
    this.#log.push({ version: this.#version, event });
    for (const watch of this.#open) {
      watch.caughtUp = false;
      watch.wake();
    }
  }

  #failMaybe(): void {
    if (this.failures.length > 0) throw this.failures.shift();
  }

  #resource(): ResourceClient<KubeObject> {
    const refuse = () => Promise.reject(new Error('Cannot do this with a scripted client'));
    return {
      get: refuse,
      update: refuse,
      updateStatus: refuse,
      delete: refuse,
      deleteCollection: refuse,
      createSubresource: refuse,
      list: async () => {
        this.lists += 1;
        this.#failMaybe();
        return { items: [...this.objects.values()], resourceVersion: String(this.#version) };
      },
      create: async object => {
        this.#failMaybe();
        this.created.push(object);
        return this.put(object);
      },
      patch: async (target, patch) => {
        this.#failMaybe();
        const key = target.namespace ? `${target.namespace}/${target.name}` : target.name;
        const object = this.objects.get(key);
        if (!object) throw notFound({ group: '', resource: 'things' }, target.name);
        this.patched.push({ name: target.name, patch });
        return object;
      },
      watch: options => this.#watch(Number(options.resourceVersion), options.signal),
    };
  }

  async *#watch(from: number, signal: AbortSignal): AsyncGenerator<WatchEvent<KubeObject>> {
    this.watches += 1;
    this.#failMaybe();
    if (from < this.#compacted) {
      throw new StatusError({ reason: 'Expired', message: `too old resource version: ${from}` });
    }
    const watch: OpenWatch = { wake: () => {}, caughtUp: false, end: false, error: undefined };
    this.#open.add(watch);
    const abort = () => watch.wake();
    signal.addEventListener('abort', abort, { once: true });
    try {
      let position = from;
      while (!signal.aborted) {
        const entry = this.#log.find(logged => logged.version > position);
        if (entry) {
          position = entry.version;
          yield entry.event;
        } else if (watch.end) {
          if (watch.error !== undefined) throw watch.error;
          return;
        } else {
          await new Promise<void>(resolve => {
            watch.wake = resolve;
            watch.caughtUp = true;
          });
        }
      }
    } finally {
      signal.removeEventListener('abort', abort);
      this.#open.delete(watch);
    }
  }
}
