/**
 * Strategic merge patch: maps merge, lists of objects merge by their merge key, and directives in
 * the patch say what merging alone cannot (Kubernetes documentation, "Update API objects in place
 * using kubectl patch"; upstream apimachinery util/strategicpatch). Pure: neither argument is
 * changed.
 *
 *   $patch: replace | delete          of a map, or of a list by an item that carries it
 *   $deleteFromPrimitiveList/<field>  values to take out of a list of primitives
 *   $setElementOrder/<field>          the order of the merged list
 *   $retainKeys                       of a union: drop all other keys
 */
import { badRequest, StatusError } from '../../api/status-error.ts';
import { ownField, setOwnField } from '../../base/own-field.ts';
import { sameJson } from '../operations/clone.ts';
import { elementOrder } from './element-order.ts';
import { goFormat } from './go-format.ts';
import { type FieldRule, PatchSchema } from './patch-schema.ts';

const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';
const DELETE_FROM = '$deleteFromPrimitiveList/';
const ORDER = '$setElementOrder/';

type JsonObject = Readonly<Record<string, unknown>>;

/** @throws StatusError 400 for a patch that makes no sense */
export function strategicMergePatch(document: unknown, patch: unknown, schema: string): unknown {
  if (!isObject(patch)) throw badRequest('a strategic merge patch must be an object');
  return mergeMap(isObject(document) ? document : {}, patch, PatchSchema.of(schema));
}

function mergeMap(original: JsonObject, patch: JsonObject, schema: PatchSchema): JsonObject {
  const directive = patch[DIRECTIVE];
  if (directive !== undefined) {
    if (directive === 'replace') return withoutDirectives(omit(patch, DIRECTIVE)) as JsonObject;
    if (directive === 'delete') return {};
    throw broken(`unknown patch type: ${shownDirective(directive)} in map: ${goFormat(patch)}`);
  }
  const result: Record<string, unknown> = { ...retained(original, patch) };
  for (const [key, value] of Object.entries(patch)) {
    if (key === DIRECTIVE || key === RETAIN_KEYS || key.startsWith(ORDER) || key.startsWith(DELETE_FROM))
      continue;
    if (value === null) {
      delete result[key];
      continue;
    }
    const merged = mergeValue(ownField(result, key), value, schema.field(key), orderFor(patch, key));
    if (merged === undefined) delete result[key];
    else setOwnField(result, key, merged);
  }
  for (const [key, value] of Object.entries(patch)) applyListDirective(result, patch, key, value, schema);
  return result;
}

function mergeValue(
  original: unknown,
  value: unknown,
  rule: FieldRule,
  order: readonly unknown[] | undefined,
): unknown {
  if (isObject(value)) {
    if (!isObject(original) || rule.replace) return withoutDirectives(value);
    return mergeMap(original, value, rule.inner);
  }
  if (Array.isArray(value) && rule.merge)
    return mergeList(Array.isArray(original) ? original : [], value, rule, order);
  return withoutDirectives(value);
}

function mergeList(
  original: readonly unknown[],
  patch: readonly unknown[],
  rule: FieldRule,
  order: readonly unknown[] | undefined,
): readonly unknown[] {
  const { mergeKey } = rule;
  if (mergeKey === undefined) {
    const merged = [...original, ...patch.filter(v => !original.some(o => sameJson(o, v)))];
    return elementOrder(merged, original, order ?? patch, sameJson);
  }
  const items = patch.map(item => {
    if (!isObject(item))
      throw broken(`list element types are not identical: [${goFormat(original)} ${goFormat(patch)}]`);
    return item;
  });
  if (items.some(item => item[DIRECTIVE] === 'replace'))
    return items.filter(item => item[DIRECTIVE] === undefined).map(withoutDirectives);
  const keyOf = (item: unknown) => (isObject(item) ? item[mergeKey] : item);
  const same = (a: unknown, b: unknown) => sameJson(keyOf(a), keyOf(b));
  let merged: unknown[] = [...original];
  for (const item of items) {
    if (item[DIRECTIVE] === 'merge') throw broken('merging lists cannot yet be specified in the patch');
    if (item[mergeKey] === undefined) throw noMergeKey(item, mergeKey);
    if (item[DIRECTIVE] === 'delete') {
      merged = merged.filter(o => !same(o, item));
      continue;
    }
    // Looked for among what was there: two new items with one key are both added, as upstream does.
    const at = original.some(o => same(o, item)) ? merged.findIndex(o => same(o, item)) : -1;
    const before = merged[at];
    if (at < 0) merged.push(withoutDirectives(item));
    else merged[at] = mergeMap(isObject(before) ? before : {}, item, rule.inner);
  }
  checkOrder(patch, order, keyOf, mergeKey);
  const wanted = order ?? items.filter(item => item[DIRECTIVE] !== 'delete');
  return elementOrder(merged, original, wanted, same);
}

function noMergeKey(item: JsonObject, mergeKey: string): StatusError {
  return broken(`map: ${goFormat(item)} does not contain declared merge key: ${mergeKey}`);
}

/** What the patch lists must be in the order it asks for. */
function checkOrder(
  patch: readonly unknown[],
  order: readonly unknown[] | undefined,
  keyOf: (item: unknown) => unknown,
  mergeKey: string,
): void {
  if (!order) return;
  for (const item of order)
    if (isObject(item) && item[mergeKey] === undefined) throw noMergeKey(item, mergeKey);
  const kept = patch.filter(item => !(isObject(item) && item[DIRECTIVE] === 'delete'));
  const positions = kept.map(item => order.findIndex(o => sameJson(keyOf(o), keyOf(item))));
  const sorted = positions.every((p, i) => p >= 0 && (i === 0 || p > (positions[i - 1] as number)));
  if (!sorted)
    throw badRequest(
      `The order in patch list:\n${goFormat(patch)}\n doesn't match $setElementOrder list:\n${goFormat(order)}\n`,
    );
}

/** Directives that stand beside the list they are about. */
function applyListDirective(
  result: Record<string, unknown>,
  patch: JsonObject,
  key: string,
  value: unknown,
  schema: PatchSchema,
): void {
  if (key.startsWith(DELETE_FROM)) {
    const field = key.slice(DELETE_FROM.length);
    const list = ownField(result, field);
    if (!Array.isArray(value)) return;
    if (Array.isArray(list)) result[field] = list.filter(v => !value.some(d => sameJson(d, v)));
  } else if (key.startsWith(ORDER)) {
    const field = key.slice(ORDER.length);
    const list = ownField(result, field);
    if (!Array.isArray(value)) throw notAList(value);
    if (Object.hasOwn(patch, field) || !Array.isArray(list)) return;
    const { mergeKey } = schema.field(field);
    for (const item of value)
      if (mergeKey !== undefined && isObject(item) && item[mergeKey] === undefined)
        throw noMergeKey(item, mergeKey);
    const keyOf = (v: unknown) => (mergeKey !== undefined && isObject(v) ? v[mergeKey] : v);
    result[field] = elementOrder(list, list, value, (a, b) => sameJson(keyOf(a), keyOf(b)));
  }
}

function orderFor(patch: JsonObject, field: string): readonly unknown[] | undefined {
  const order = patch[ORDER + field];
  if (order === undefined) return undefined;
  if (!Array.isArray(order)) throw notAList(order);
  return order;
}

function retained(original: JsonObject, patch: JsonObject): JsonObject {
  const keep = patch[RETAIN_KEYS];
  if (keep === undefined) return original;
  if (!Array.isArray(keep)) throw badRequest('invalid patch format of retainKeys');
  for (const key of Object.keys(patch))
    if (!key.startsWith('$') && patch[key] !== null && !keep.includes(key))
      throw badRequest('invalid patch format of retainKeys');
  return Object.fromEntries(Object.entries(original).filter(([key]) => keep.includes(key)));
}

/** What a patch leaves where there was nothing to merge with: no directives, no nulls in maps. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value))
    return value.filter(v => !(isObject(v) && v[DIRECTIVE] !== undefined)).map(withoutDirectives);
  if (!isObject(value)) return value;
  if (value[DIRECTIVE] === 'delete') return undefined;
  const entries = Object.entries(value).filter(([key, v]) => !isDirective(key) && v !== null);
  return Object.fromEntries(entries.map(([key, v]) => [key, withoutDirectives(v)]));
}

const isDirective = (key: string) =>
  key === DIRECTIVE || key === RETAIN_KEYS || key.startsWith(ORDER) || key.startsWith(DELETE_FROM);

const omit = (value: JsonObject, key: string): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([k]) => k !== key));

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Upstream answers 500 without a reason where its patch library fails. */
const broken = (message: string) => new StatusError({ reason: '', code: 500, message });

const notAList = (value: unknown) => broken(`expected a []interface {}, but received a ${typeof value}`);

const shownDirective = (directive: unknown) =>
  typeof directive === 'string' ? directive : `%!s(int64=${String(directive)})`;
