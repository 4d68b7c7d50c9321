/**
 * The list as it was: undoes the events after a revision on a newer list. Costs no read of the
 * store, and the objects that did not change are the very same.
 */
import { compareKeys } from '../../store/key.ts';
import type { CachedObject, CacheEvent } from './contract.ts';

/** `objects` in key order, `later` in revision order: all events since the state that is wanted. */
export function undo(
  objects: readonly CachedObject[],
  later: readonly CacheEvent[],
): readonly CachedObject[] {
  if (later.length === 0) return objects;
  const before = new Map<string, CachedObject | undefined>();
  for (const event of later) {
    if (!before.has(event.current.key)) before.set(event.current.key, event.previous);
  }
  const unchanged = objects.filter(object => !before.has(object.key));
  const restored = [...before.values()].filter(object => object !== undefined);
  return [...unchanged, ...restored].sort((a, b) => compareKeys(a.key, b.key));
}
