/**
 * The objects an informer knows, by key, with named indexes kept up to date on every change. It
 * holds references: in one process these are the API server's own frozen objects.
 *
 * Reads give snapshots in insertion order; nothing here copies or changes an object.
 */
import { type KubeObject, objectKey } from '../api/object.ts';
import type { ObjectRef } from './contract.ts';
import type { LabelMatcher } from './label-selector.ts';

/** The values under which an object is found; none: it is not in the index. */
export type IndexFunction<T> = (object: T) => readonly string[];

/** One named index of an informer. */
export interface Index<T> {
  get(value: string): readonly T[];
  /** How many `get` would give. */
  count(value: string): number;
  /** The values that have at least one object. */
  values(): readonly string[];
}

/** Reads what an informer knows: never the server, so never newer than the last event. */
export interface Lister<T extends KubeObject> {
  get(target: ObjectRef): T | undefined;
  /** By namespace/name, or the name alone for cluster-scoped objects. */
  getByKey(key: string): T | undefined;
  list(options?: ListerOptions): readonly T[];
}

export interface ListerOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  /** From compileLabelSelector or compileMapSelector. */
  readonly matches?: LabelMatcher;
}

const refKey = (target: ObjectRef): string =>
  target.namespace ? `${target.namespace}/${target.name}` : target.name;

/** Splits namespace/name; a key without a slash is a cluster-scoped object's name. */
export function parseKey(key: string): ObjectRef {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

export class IndexedStore<T extends KubeObject> implements Lister<T> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, StoreIndex<T>>();
  readonly #byNamespace: Index<T>;

  constructor() {
    this.#byNamespace = this.index('namespace', object => [object.metadata.namespace ?? '']);
  }

  get size(): number {
    return this.#objects.size;
  }

  get(target: ObjectRef): T | undefined {
    return this.#objects.get(refKey(target));
  }

  getByKey(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(options: ListerOptions = {}): readonly T[] {
    const { namespace, matches } = options;
    const objects = namespace === undefined ? [...this.#objects.values()] : this.#byNamespace.get(namespace);
    return matches ? objects.filter(object => matches(object.metadata.labels)) : objects;
  }

  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }

  /** Stores the object and gives the one that was there. */
  set(object: T): T | undefined {
    const key = objectKey(object);
    const old = this.#objects.get(key);
    this.#objects.set(key, object);
    for (const index of this.#indexes.values()) index.replace(key, old, object);
    return old;
  }

  delete(key: string): T | undefined {
    const old = this.#objects.get(key);
    if (!old) return undefined;
    this.#objects.delete(key);
    for (const index of this.#indexes.values()) index.replace(key, old, undefined);
    return old;
  }

  /** The index of that name; made from what is known when it is asked for the first time. */
  index(name: string, values: IndexFunction<T>): Index<T> {
    let index = this.#indexes.get(name);
    if (!index) {
      index = new StoreIndex(values);
      for (const [key, object] of this.#objects) index.replace(key, undefined, object);
      this.#indexes.set(name, index);
    }
    return index;
  }
}

class StoreIndex<T> implements Index<T> {
  readonly #values: IndexFunction<T>;
  readonly #byValue = new Map<string, Map<string, T>>();

  constructor(values: IndexFunction<T>) {
    this.#values = values;
  }

  get(value: string): readonly T[] {
    const found = this.#byValue.get(value);
    return found ? [...found.values()] : [];
  }

  count(value: string): number {
    return this.#byValue.get(value)?.size ?? 0;
  }

  values(): readonly string[] {
    return [...this.#byValue.keys()];
  }

  replace(key: string, old: T | undefined, next: T | undefined): void {
    const keep = new Set(next ? this.#values(next) : []);
    for (const value of old ? this.#values(old) : []) {
      if (keep.has(value)) continue;
      const found = this.#byValue.get(value);
      found?.delete(key);
      if (found?.size === 0) this.#byValue.delete(value);
    }
    if (!next) return;
    for (const value of keep) {
      const found = this.#byValue.get(value);
      if (found) found.set(key, next);
      else this.#byValue.set(value, new Map([[key, next]]));
    }
  }
}
