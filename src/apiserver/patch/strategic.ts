/**
 * Strategic merge patch: maps merge, lists of objects merge by their merge key, and directives in
 * the patch say what merging alone cannot (Kubernetes documentation, "Update API objects in place
 * using kubectl patch"; upstream apimachinery util/strategicpatch, whose order of steps and
 * messages clients see). Pure: neither argument is changed.
 *
 *   $patch: replace | delete          of a map, or of a list by an item that carries it
 *   $deleteFromPrimitiveList/<field>  values to take out of a list of primitives
 *   $setElementOrder/<field>          the order of the merged list
 *   $retainKeys                       of a union: drop all other keys
 */
import { badRequest } from '../../api/status-error.ts';
import { ownField, setOwnField } from '../../base/own-field.ts';
import { clone, sameJson } from '../operations/clone.ts';
import {
  DELETE_FROM,
  DIRECTIVE,
  isMarked,
  isObject,
  type JsonObject,
  ORDER,
  RETAIN_KEYS,
} from './directives.ts';
import { elementOrder } from './element-order.ts';
import { badArgument, broken, checkOrder, elementTypes, noMergeKey, wrongDirective } from './list-checks.ts';
import { type FieldRule, PatchSchema } from './patch-schema.ts';

type Mutable = Record<string, unknown>;

/** @throws StatusError 400 for a patch that makes no sense, 500 where upstream's library fails on it */
export function strategicMergePatch(document: unknown, patch: unknown, schema: string): unknown {
  if (!isObject(patch)) throw badRequest('a strategic merge patch must be an object');
  const original = isObject(document) ? clone(document) : {};
  return mergeMap(original as Mutable, clone(patch), PatchSchema.of(schema));
}

/** Changes both. */
function mergeMap(original: Mutable, patch: Mutable, schema: PatchSchema): JsonObject {
  if (isMarked(patch)) {
    const directive = patch[DIRECTIVE];
    if (directive !== 'replace' && directive !== 'delete') throw wrongDirective(patch);
    delete patch[DIRECTIVE];
    return directive === 'replace' ? patch : {};
  }
  retainKeys(original, patch);
  for (const key of Object.keys(patch))
    if (isDirective(key, ORDER, 'setElementOrder list')) mergeOrdered(original, patch, key, schema);
  for (const [key, value] of Object.entries(patch)) {
    const deletes = isDirective(key, DELETE_FROM, 'primitive list');
    mergeField(original, deletes ? key.slice(DELETE_FROM.length) : key, value, { schema, deletes });
  }
  return original;
}

/** @throws StatusError 400 for one that names no field */
function isDirective(key: string, directive: string, what: string): boolean {
  if (!key.startsWith(directive.slice(0, -1))) return false;
  if (!key.startsWith(directive)) throw badRequest(`invalid patch format of ${what}`);
  return true;
}

function mergeField(
  original: Mutable,
  field: string,
  value: unknown,
  { schema, deletes }: { readonly schema: PatchSchema; readonly deletes: boolean },
): void {
  const present = ownField(original, field);
  if (value === null) {
    delete original[field];
  } else if (isObject(value) && isObject(present)) {
    const rule = schema.field(field);
    setOwnField(
      original,
      field,
      rule.replace ? value : mergeMap(present as Mutable, value as Mutable, rule.inner),
    );
  } else if (Array.isArray(value) && Array.isArray(present)) {
    const rule = schema.list(field);
    setOwnField(original, field, rule.merge || deletes ? mergeList(present, value, rule, deletes) : value);
  } else if (!deletes) {
    const kept = withoutDirectives(value);
    if (kept === undefined) delete original[field];
    else setOwnField(original, field, kept);
  }
}

function mergeList(
  original: readonly unknown[],
  patch: readonly unknown[],
  rule: FieldRule,
  deletes: boolean,
): readonly unknown[] {
  if (original.length === 0 && patch.length === 0) return original;
  if (elementTypes(original, patch) !== 'map') {
    if (deletes) return original.filter(v => !patch.some(d => sameJson(d, v)));
    const merged: unknown[] = [];
    for (const value of [...original, ...patch])
      if (!merged.some(m => sameJson(m, value))) merged.push(value);
    return elementOrder(merged, original, patch, sameJson);
  }
  const { mergeKey } = rule;
  if (mergeKey === undefined) throw broken(`cannot merge lists without merge key for ${rule.inner.name}`);
  return mergeListOfMaps(original, patch as readonly JsonObject[], rule.inner, mergeKey);
}

function mergeListOfMaps(
  original: readonly unknown[],
  patch: readonly JsonObject[],
  schema: PatchSchema,
  mergeKey: string,
): readonly unknown[] {
  const keyOf = (item: unknown) => (isObject(item) ? item[mergeKey] : item);
  const same = (a: unknown, b: unknown) => sameJson(keyOf(a), keyOf(b));
  const left = afterSpecialItems(original, patch, mergeKey);
  const plain = patch.filter(item => !isMarked(item));
  if (left === 'replaced') return plain;
  const merged = [...left];
  for (const item of plain) {
    if (item[mergeKey] === undefined) throw noMergeKey(item, mergeKey);
    // Looked for among what was there: two new items with one key are both added, as upstream does.
    const at = left.some(o => same(o, item)) ? merged.findIndex(o => same(o, item)) : -1;
    if (at < 0) merged.push(withoutDirectives(item));
    else merged[at] = mergeMap(merged[at] as Mutable, item as Mutable, schema);
  }
  return elementOrder(merged, left, plain, same);
}

/** What the items with a directive leave of the list. */
function afterSpecialItems(
  original: readonly unknown[],
  patch: readonly JsonObject[],
  mergeKey: string,
): readonly unknown[] | 'replaced' {
  let left = original;
  let replaced = false;
  for (const item of patch.filter(isMarked)) {
    const directive = item[DIRECTIVE];
    if (directive === 'replace') replaced = true;
    else if (directive === 'merge') throw broken('merging lists cannot yet be specified in the patch');
    else if (directive !== 'delete') throw wrongDirective(item);
    else if (item[mergeKey] === undefined) throw noMergeKey(item, mergeKey);
    else left = left.filter(o => !(isObject(o) && sameJson(o[mergeKey], item[mergeKey])));
  }
  return replaced ? 'replaced' : left;
}

/** $setElementOrder/<field>, together with the list it is about. */
function mergeOrdered(original: Mutable, patch: Mutable, key: string, schema: PatchSchema): void {
  const order = patch[key];
  delete patch[key];
  const field = key.slice(ORDER.length);
  const [present, wanted] = [ownField(original, field), ownField(patch, field)];
  for (const list of [order, present, wanted])
    if (list !== undefined && !Array.isArray(list)) throw badArgument(list);
  const wantedOrder = order as readonly unknown[];
  const rule = schema.list(field);
  const { mergeKey } = rule;
  checkOrder((wanted ?? []) as readonly unknown[], wantedOrder, mergeKey);
  const merged = mergedForOrder(present, wanted, rule);
  if (!merged) return;
  for (const item of [...merged, ...wantedOrder])
    if (mergeKey !== undefined && isObject(item) && item[mergeKey] === undefined)
      throw noMergeKey(item, mergeKey);
  const keyOf = (v: unknown) => (mergeKey !== undefined && isObject(v) ? v[mergeKey] : v);
  const before = Array.isArray(present) ? present : [];
  original[field] = elementOrder(merged, before, wantedOrder, (a, b) => sameJson(keyOf(a), keyOf(b)));
  delete patch[field];
}

function mergedForOrder(present: unknown, wanted: unknown, rule: FieldRule): readonly unknown[] | undefined {
  if (!Array.isArray(wanted)) return Array.isArray(present) ? present : undefined;
  if (!Array.isArray(present)) return withoutDirectives(wanted) as readonly unknown[];
  return rule.merge ? mergeList(present, wanted, rule, false) : wanted;
}

function retainKeys(original: Mutable, patch: Mutable): void {
  const keep = patch[RETAIN_KEYS];
  if (keep === undefined) return;
  delete patch[RETAIN_KEYS];
  if (!Array.isArray(keep)) throw badRequest('invalid patch format of retainKeys');
  for (const [key, value] of Object.entries(patch))
    if (value !== null && !key.startsWith(ORDER) && !key.startsWith(DELETE_FROM) && !keep.includes(key))
      throw badRequest('invalid patch format of retainKeys');
  for (const key of Object.keys(original)) if (!keep.includes(key)) delete original[key];
}

/** What a patch leaves where there was nothing to merge with: nothing marked, no nulls in maps. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter(v => v !== undefined);
  if (!isObject(value)) return value;
  if (isMarked(value)) return undefined;
  const entries = Object.entries(value)
    .filter(([, v]) => v !== null)
    .map(([key, v]) => [key, withoutDirectives(v)] as const);
  return Object.fromEntries(entries.filter(([, v]) => v !== undefined));
}
