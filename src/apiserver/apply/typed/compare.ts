/** What changed between two objects, as sets of paths: added, modified, removed. */
import { ownField } from '../../../base/own-field.ts';
import { sameValue } from './compare-values.ts';
import { FieldSet } from './field-set.ts';
import { knownElement } from './list-items.ts';
import { fieldElement, type PathElement } from './path-element.ts';
import { type ListShape, type MapShape, type Shape, shapeFor } from './shape.ts';

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

type JsonObject = Readonly<Record<string, unknown>>;

/** Parts that are the very same object in both are not looked at. */
export function compareObjects(left: unknown, right: unknown, shape: Shape): Comparison {
  const comparison = { added: new FieldSet(), modified: new FieldSet(), removed: new FieldSet() };
  compare(left, right, shape, [], comparison);
  return comparison;
}

/** Undefined stands for absent; null is a value. */
function compare(l: unknown, r: unknown, shape: Shape, path: PathElement[], out: Comparison): void {
  if (l === r) return;
  if (l === undefined) out.added.insert(path);
  else if (r === undefined) out.removed.insert(path);
  const [left, right] = [shapeFor(shape, l), shapeFor(shape, r)];
  if (r === undefined) visit(l, r, left, path, out);
  else {
    if (l !== undefined && left !== right) visit(l, r, left, path, out);
    visit(l, r, right, path, out);
  }
}

function visit(l: unknown, r: unknown, shape: Shape, path: PathElement[], out: Comparison): void {
  if (shape.kind === 'list') {
    const [left, right] = [asList(l), asList(r)];
    // Two empty lists are a leaf, which keeps null and empty apart.
    if (!shape.atomic && (left.length > 0 || right.length > 0)) {
      compareItems(left, right, shape, path, out);
      return;
    }
  } else if (shape.kind === 'map') {
    const [left, right] = [asMap(l), asMap(r)];
    if (!shape.atomic && (!isEmpty(left) || !isEmpty(right))) {
      compareFields(left, right, shape, path, out);
      return;
    }
  }
  if (l !== undefined && r !== undefined && !sameValue(l, r)) out.modified.insert(path);
}

function compareFields(
  l: JsonObject,
  r: JsonObject,
  map: MapShape,
  path: PathElement[],
  out: Comparison,
): void {
  for (const name in l) compareField(name, l[name], ownField(r, name), map, path, out);
  for (const name in r)
    if (ownField(l, name) === undefined) compareField(name, undefined, r[name], map, path, out);
}

function compareField(
  name: string,
  l: unknown,
  r: unknown,
  map: MapShape,
  path: PathElement[],
  out: Comparison,
): void {
  if (l === r) return;
  const shape = map.field(name);
  if (!shape) return;
  path.push(fieldElement(name));
  compare(l, r, shape, path, out);
  path.pop();
}

function compareItems(
  l: readonly unknown[],
  r: readonly unknown[],
  list: ListShape,
  path: PathElement[],
  out: Comparison,
): void {
  if (comparePairwise(l, r, list, path, out)) return;
  const [left, right] = [itemsOf(l, list), itemsOf(r, list)];
  for (const element of new Set([...left.keys(), ...right.keys()])) {
    const [before, after] = [left.get(element) ?? [], right.get(element) ?? []];
    path.push(element);
    if (before.length <= 1 && after.length <= 1) compare(before[0], after[0], list.items, path, out);
    else if (before.length >= 2 && after.length >= 2) {
      if (!sameValue(before, after)) out.modified.insert(path);
    } else if (before.length >= 2) {
      // Items of one identity are one opaque value; a single one in their place is new.
      if (after.length > 0) compare(undefined, after[0], list.items, path, out);
      out.removed.insert(path);
    } else {
      if (before.length > 0) compare(before[0], undefined, list.items, path, out);
      out.added.insert(path);
    }
    path.pop();
  }
}

/**
 * The common cases, without maps: one side is empty, or both have the same items in the same
 * order. False where items of one identity occur or the sides differ otherwise: nothing was done.
 */
function comparePairwise(
  l: readonly unknown[],
  r: readonly unknown[],
  list: ListShape,
  path: PathElement[],
  out: Comparison,
): boolean {
  if (l.length !== r.length && l.length > 0 && r.length > 0) return false;
  const elements = (l.length > 0 ? l : r).map((item, i) => knownElement(list, item, i));
  if (elements.length > 1 && new Set(elements).size < elements.length) return false;
  const isSame = (element: PathElement, i: number) =>
    l[i] === r[i] || element === knownElement(list, r[i], i);
  if (l.length === r.length && !elements.every(isSame)) return false;
  elements.forEach((element, i) => {
    path.push(element);
    compare(l[i], r[i], list.items, path, out);
    path.pop();
  });
  return true;
}

function itemsOf(items: readonly unknown[], list: ListShape): Map<PathElement, unknown[]> {
  const out = new Map<PathElement, unknown[]>();
  items.forEach((item, i) => {
    const element = knownElement(list, item, i);
    const same = out.get(element);
    if (same) same.push(item);
    else out.set(element, [item]);
  });
  return out;
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const asMap = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};

function isEmpty(map: JsonObject): boolean {
  for (const _ in map) return false;
  return true;
}
