/**
 * Removes from a merged object what its applier named the last time and no longer names, but
 * keeps what others own, and what was never the applier's.
 */
import { inVersion, type Managers, type Ownership, type Rules } from './ownership.ts';
import { difference, type FieldSet, intersection, union } from './typed/field-set.ts';
import { removePaths, withNamedFields } from './typed/remove.ts';
import type { MapShape } from './typed/shape.ts';
import { toFieldSet } from './typed/to-field-set.ts';

/** `managers` have the applier's new set; `last` is its former one. */
export function prune(rules: Rules, merged: object, managers: Managers, last: Ownership): object {
  const there = inVersion(rules, last.apiVersion);
  if (!there || last.set.isEmpty) return merged;
  const whole = there.convert(merged);
  const lastNamed = withNamedFields(last.set, there.shape);
  let pruned = remove(whole, lastNamed, there.shape);
  for (const [apiVersion, owned] of ownedByVersion(managers, last.apiVersion)) {
    pruned = addBack(rules, merged, pruned, last.apiVersion, apiVersion, owned);
  }
  const present = withNamedFields(toFieldSet(whole, there.shape), there.shape);
  const remains = withNamedFields(toFieldSet(pruned, there.shape), there.shape);
  // Only what the applier had named goes: what merely hung below it comes back.
  const gone = intersection(difference(present, remains), lastNamed);
  return there.convertBack(remove(whole, gone, there.shape));
}

const remove = (object: object, set: FieldSet, shape: MapShape): object =>
  (removePaths(object, set, shape) ?? {}) as object;

/** What all managers own, by the version they wrote in; `first` comes first. */
function ownedByVersion(managers: Managers, first: string): [string, FieldSet][] {
  const owned = new Map<string, FieldSet>();
  for (const { set, apiVersion } of managers.values()) {
    const other = owned.get(apiVersion);
    owned.set(apiVersion, other ? union(other, set) : set);
  }
  return [...owned].sort(([a], [b]) => Number(b === first) - Number(a === first));
}

/** `pruned`, of version `at`, with what is owned in `apiVersion` put back from `merged`. */
function addBack(
  rules: Rules,
  merged: object,
  pruned: object,
  at: string,
  apiVersion: string,
  owned: FieldSet,
): object {
  const [there, here] = [inVersion(rules, apiVersion), inVersion(rules, at)];
  if (!there || !here) return pruned;
  const whole = there.convert(merged);
  const rest = apiVersion === at ? pruned : there.convert(here.convertBack(pruned));
  const present = withNamedFields(toFieldSet(whole, there.shape), there.shape);
  const kept = union(
    withNamedFields(toFieldSet(rest, there.shape), there.shape),
    withNamedFields(owned, there.shape),
  );
  const result = remove(whole, difference(present, kept), there.shape);
  return apiVersion === at ? result : here.convert(there.convertBack(result));
}
