/**
 * The objects of one directory of keys (a namespace of a resource, or a whole cluster-scoped
 * resource), with an ordered snapshot that is made when it is asked for: a read after writes
 * costs one linear merge, a read after no write nothing.
 */
import { compareKeys } from '../../store/key.ts';
import type { CachedObject } from './contract.ts';

export class Directory {
  readonly #objects = new Map<string, CachedObject>();
  #snapshot: readonly CachedObject[] = [];
  /** Keys written since the snapshot. */
  readonly #changed = new Set<string>();

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): CachedObject | undefined {
    return this.#objects.get(key);
  }

  put(object: CachedObject): void {
    this.#objects.set(object.key, object);
    this.#changed.add(object.key);
  }

  delete(key: string): void {
    if (this.#objects.delete(key)) this.#changed.add(key);
  }

  /** In key order; never changed afterwards. */
  snapshot(): readonly CachedObject[] {
    if (this.#changed.size === 0) return this.#snapshot;
    const written = [...this.#changed].sort(compareKeys).flatMap(key => this.#objects.get(key) ?? []);
    const merged: CachedObject[] = [];
    let next = 0;
    for (const kept of this.#snapshot) {
      if (this.#changed.has(kept.key)) continue;
      while (next < written.length && compareKeys((written[next] as CachedObject).key, kept.key) < 0) {
        merged.push(written[next++] as CachedObject);
      }
      merged.push(kept);
    }
    while (next < written.length) merged.push(written[next++] as CachedObject);
    this.#changed.clear();
    this.#snapshot = merged;
    return merged;
  }
}
