/**
 * The keys of the memory backend in order. Changes are collected and merged by the next read:
 * one linear pass however many there were, none when there were none.
 */
import { compareKeys, lowerBound } from '../key.ts';

export class SortedKeys {
  #sorted: readonly string[] = [];
  /** true: added since the last merge; false: removed. */
  readonly #changes = new Map<string, boolean>();

  add(key: string): void {
    this.#changes.set(key, true);
  }

  remove(key: string): void {
    this.#changes.set(key, false);
  }

  /** Keys with `prefix`, in order, from the first one after `startAfter` on. */
  *range(prefix: string, startAfter: string | undefined): Generator<string> {
    const sorted = this.#merged();
    const skip = startAfter !== undefined && compareKeys(startAfter, prefix) >= 0;
    for (let i = lowerBound(sorted, skip ? startAfter : prefix, skip); i < sorted.length; i++) {
      const key = sorted[i] as string;
      if (!key.startsWith(prefix)) return;
      yield key;
    }
  }

  #merged(): readonly string[] {
    if (this.#changes.size === 0) return this.#sorted;
    const added = [...this.#changes].flatMap(([key, isAdded]) => (isAdded ? [key] : [])).sort(compareKeys);
    const kept = this.#sorted.filter(key => !this.#changes.has(key));
    const merged: string[] = [];
    let next = 0;
    for (const key of kept) {
      while (next < added.length && compareKeys(added[next] as string, key) < 0)
        merged.push(added[next++] as string);
      merged.push(key);
    }
    while (next < added.length) merged.push(added[next++] as string);
    this.#changes.clear();
    this.#sorted = merged;
    return merged;
  }
}
