/**
 * Who owns what, through an update or an apply (KEP-555; structured-merge-diff's Updater). Pure.
 *
 *   update  the writer takes what it changed; nobody keeps what it changed or removed
 *   apply   the applier owns exactly what its configuration names. What it changes of others is a
 *           conflict, unless forced: then they lose it. What it names with the value that is there
 *           is shared. What it named the last time and does not name now is removed, unless
 *           somebody else owns it.
 *
 * Managers that wrote through another version of the API are looked at in that version.
 */
import { inVersion, type Managers, type Rules, withSet } from './ownership.ts';
import { prune } from './prune.ts';
import { type Comparison, compareObjects } from './typed/compare.ts';
import { sameValue } from './typed/compare-values.ts';
import { difference, FieldSet, intersection, union } from './typed/field-set.ts';
import { type FieldsV1, overlaps } from './typed/fields-v1.ts';
import { mergeObjects } from './typed/merge.ts';
import type { FieldPath } from './typed/path-element.ts';
import { ownsPartsOfAtomic, reconcile } from './typed/reconcile.ts';
import { toFieldSet } from './typed/to-field-set.ts';

export interface FieldConflict {
  readonly manager: string;
  readonly path: FieldPath;
}

/** An apply that would change what others own. */
export class ConflictsError extends Error {
  override readonly name = 'ConflictsError';

  constructor(readonly conflicts: readonly FieldConflict[]) {
    super(`Apply failed with ${conflicts.length} conflicts`);
  }
}

/** The managers after `manager` changed `live` to `next`. `managers` is not changed. */
export function updateManagers(
  rules: Rules,
  live: object,
  next: object,
  managers: Managers,
  manager: string,
): Managers {
  const before = reconcileAll(rules, managers);
  const { managers: after, changes } = transfer(rules, live, next, before, manager, true);
  const owned = after.get(manager)?.set ?? FieldSet.EMPTY;
  // An item that has become several of one identity is removed and added: it stays.
  const kept = difference(owned, changes.removed);
  const taken = rules.ownable(union(union(kept, changes.modified), changes.added));
  if (taken.isEmpty) after.delete(manager);
  else after.set(manager, { set: taken, apiVersion: rules.apiVersion, applied: false });
  return after;
}

export interface Applied {
  /** Undefined: the configuration changes nothing. */
  readonly object: object | undefined;
  readonly managers: Managers;
}

/** @throws ConflictsError unless `force` */
export function applyConfig(
  rules: Rules,
  live: object,
  config: object,
  managers: Managers,
  manager: string,
  force: boolean,
): Applied {
  const before = reconcileAll(rules, managers);
  const last = before.get(manager);
  const set = rules.ownable(toFieldSet(config, rules.shape));
  before.set(manager, { set, apiVersion: rules.apiVersion, applied: true });
  const merged = mergeObjects(live, config, rules.shape) as object;
  const next = last ? prune(rules, merged, before, last) : merged;
  const { managers: after } = transfer(rules, live, next, before, manager, force);
  return { object: sameValue(live, next) ? undefined : next, managers: after };
}

/** Managers of versions that are no longer served are dropped with the others' upkeep, in `transfer`. */
function reconcileAll(rules: Rules, managers: Managers): Managers {
  const out: Managers = new Map();
  for (const [manager, ownership] of managers) {
    const there = inVersion(rules, ownership.apiVersion);
    const fits = !there || (ownership.stored && !ownsPartsOfAtomic(ownership.stored.fields, there.shape));
    const set = fits ? undefined : reconcile(ownership.set, there.shape);
    out.set(manager, !set || set === ownership.set ? ownership : withSet(ownership, set));
  }
  return out;
}

/** Takes from everybody but `writer` what was changed or removed. */
function transfer(
  rules: Rules,
  live: object,
  next: object,
  before: Managers,
  writer: string,
  force: boolean,
): { managers: Managers; changes: Comparison } {
  const comparisons = new Map<string, Comparison | undefined>();
  const changesIn = (apiVersion: string): Comparison | undefined => {
    if (!comparisons.has(apiVersion))
      comparisons.set(apiVersion, changesBetween(rules, live, next, apiVersion));
    return comparisons.get(apiVersion);
  };
  const changes = changesIn(rules.apiVersion) as Comparison;
  const after: Managers = new Map();
  const conflicts: FieldConflict[] = [];
  for (const [manager, ownership] of before) {
    if (manager === writer) {
      if (!ownership.set.isEmpty) after.set(manager, ownership);
      continue;
    }
    const there = changesIn(ownership.apiVersion);
    if (!there) continue;
    if (ownership.stored && isUntouched(ownership.stored.fields, there)) {
      after.set(manager, ownership);
      continue;
    }
    const lost = intersection(ownership.set, union(there.modified, there.added));
    for (const path of lost.paths()) conflicts.push({ manager, path });
    const kept = difference(difference(ownership.set, lost), there.removed);
    if (!kept.isEmpty) after.set(manager, kept === ownership.set ? ownership : withSet(ownership, kept));
  }
  if (!force && conflicts.length > 0) throw new ConflictsError(conflicts);
  return { managers: after, changes };
}

/** Empty entries are for the slow way, which drops them. */
function isUntouched(fields: FieldsV1, { added, modified, removed }: Comparison): boolean {
  for (const _ in fields)
    return !overlaps(fields, modified) && !overlaps(fields, added) && !overlaps(fields, removed);
  return false;
}

function changesBetween(
  rules: Rules,
  live: object,
  next: object,
  apiVersion: string,
): Comparison | undefined {
  const there = inVersion(rules, apiVersion);
  if (!there) return undefined;
  const { added, modified, removed } = compareObjects(there.convert(live), there.convert(next), there.shape);
  return {
    added: rules.ownable(added),
    modified: rules.ownable(modified),
    removed: rules.ownable(removed),
  };
}
