/** Takes paths out of an object. */
import { FieldSet, node } from './field-set.ts';
import { knownElement } from './list-items.ts';
import { fieldElement, fieldName, isKey, type PathElement } from './path-element.ts';
import { type ListShape, type MapShape, type Shape, shapeFor } from './shape.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * `value` without the paths of `set`. Of a map or list that is emptied on the way null is left:
 * it was not taken away itself. Atomic values below a path of the set go altogether.
 */
export function removePaths(value: unknown, set: FieldSet, shape: Shape): unknown {
  const actual = shapeFor(shape, value);
  if (actual.kind === 'scalar') return value;
  if (actual.kind === 'list') return Array.isArray(value) ? removeItems(value, set, actual) : null;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return removeFields(value as JsonObject, set, actual);
}

function removeItems(items: readonly unknown[], set: FieldSet, list: ListShape): unknown {
  if (list.atomic) return null;
  const out: unknown[] = [];
  items.forEach((item, i) => {
    const child = set.children?.get(knownElement(list, item, i));
    if (child?.member) return;
    out.push(child ? removePaths(item, child, list.items) : item);
  });
  return out.length > 0 ? out : null;
}

function removeFields(fields: JsonObject, set: FieldSet, map: MapShape): unknown {
  if (map.atomic) return null;
  const entries: [string, unknown][] = [];
  for (const [name, value] of Object.entries(fields)) {
    const child = set.children?.get(fieldElement(name));
    if (child?.member) continue;
    entries.push([name, child ? removePaths(value, child, map.field(name) ?? { kind: 'any' }) : value]);
  }
  return entries.length > 0 ? Object.fromEntries(entries) : null;
}

/**
 * The set with every field of a type on the way to a path as a member too: a struct has no
 * existence of its own, so that taking all of its fields away takes itself away.
 */
export function withNamedFields(set: FieldSet, shape: Shape | undefined): FieldSet {
  const children = new Map<PathElement, FieldSet>();
  for (const [element, child] of set.children ?? []) {
    const name = fieldName(element);
    const map = shape && mapOf(shape);
    const inner =
      name !== undefined
        ? map?.field(name)
        : isKey(element) && shape?.kind === 'list'
          ? shape.items
          : undefined;
    const below = withNamedFields(child, inner);
    const isNamed = name !== undefined && (map?.names(name) ?? false);
    const kept = node(child.member || isNamed, below.children);
    if (kept) children.set(element, kept);
  }
  return node(set.member, children) ?? FieldSet.EMPTY;
}

function mapOf(shape: Shape): MapShape | undefined {
  if (shape.kind === 'map') return shape;
  const actual = shape.kind === 'any' ? shapeFor(shape, undefined) : undefined;
  return actual?.kind === 'map' ? actual : undefined;
}
