/**
 * The objects of one directory of keys (a namespace of a resource, or a whole cluster-scoped
 * resource), with an ordered snapshot that is made when it is asked for: a read after writes
 * costs one linear merge, a read after no write nothing.
 *
 * A snapshot keeps the objects that were written over since, and what has been made of them. So it is
 * also made anew when an eighth of it is out of date, which costs a write as much as copying eight
 * references.
 */
import { compareKeys } from '../../store/key.ts';
import type { CachedObject } from './contract.ts';

/** Of the snapshot, the part that may be out of date: one in so many. */
const STALE_PART = 8;
/** So many may be in any case. */
const MOST_STALE = 64;

export class Directory {
  readonly #objects = new Map<string, CachedObject>();
  #snapshot: readonly CachedObject[] = [];
  /** Keys written since the snapshot. */
  readonly #changed = new Set<string>();
  #bytes = 0;

  /** Of the objects' JSON. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): CachedObject | undefined {
    return this.#objects.get(key);
  }

  put(object: CachedObject): void {
    this.#bytes += object.bytes.length - (this.#objects.get(object.key)?.bytes.length ?? 0);
    this.#objects.set(object.key, object);
    this.#noteChange(object.key);
  }

  delete(key: string): void {
    this.#bytes -= this.#objects.get(key)?.bytes.length ?? 0;
    if (this.#objects.delete(key)) this.#noteChange(key);
  }

  /** In key order; never changed afterwards. */
  snapshot(): readonly CachedObject[] {
    if (this.#changed.size === 0) return this.#snapshot;
    const old = this.#snapshot;
    const merged: CachedObject[] = [];
    let copied = 0;
    // Positions are searched and the rest is copied: few comparisons when few were written.
    for (const key of [...this.#changed].sort(compareKeys)) {
      const position = firstNotBefore(old, key, copied);
      for (; copied < position; copied++) merged.push(old[copied] as CachedObject);
      if (old[copied]?.key === key) copied++;
      const written = this.#objects.get(key);
      if (written) merged.push(written);
    }
    for (; copied < old.length; copied++) merged.push(old[copied] as CachedObject);
    this.#changed.clear();
    this.#snapshot = merged;
    return merged;
  }

  #noteChange(key: string): void {
    this.#changed.add(key);
    const stale = this.#changed.size;
    if (stale > MOST_STALE && stale * STALE_PART > this.#snapshot.length) this.snapshot();
  }
}

function firstNotBefore(objects: readonly CachedObject[], key: string, from: number): number {
  let low = from;
  let high = objects.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys((objects[middle] as CachedObject).key, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
