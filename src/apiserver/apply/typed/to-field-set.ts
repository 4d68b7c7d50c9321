/** The paths that an applied configuration names: what its manager is to own. */
import { FieldSet } from './field-set.ts';
import { knownElement } from './list-items.ts';
import { fieldElement, type PathElement } from './path-element.ts';
import { type ListShape, type MapShape, type Shape, shapeFor } from './shape.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** `value` must fit the shape. Scalars and atomic values are members, items of lists too, and empty maps and nulls. */
export function toFieldSet(value: unknown, shape: Shape): FieldSet {
  const set = new FieldSet();
  visit(value, shape, [], set);
  return set;
}

function visit(value: unknown, shape: Shape, path: PathElement[], set: FieldSet): void {
  const actual = shapeFor(shape, value);
  if (actual.kind === 'scalar' || actual.atomic) set.insert(path);
  else if (actual.kind === 'list') visitItems(value, actual, path, set);
  else visitFields(value, actual, path, set);
}

function visitItems(value: unknown, list: ListShape, path: PathElement[], set: FieldSet): void {
  if (!Array.isArray(value)) return;
  const elements = value.map((item: unknown, i) => knownElement(list, item, i));
  value.forEach((item: unknown, i) => {
    const element = elements[i] as PathElement;
    path.push(element);
    // Items of the same identity are owned together, as one opaque value.
    const isTwice = elements.indexOf(element) !== i || elements.includes(element, i + 1);
    if (!isTwice) visit(item, list.items, path, set);
    set.insert(path);
    path.pop();
  });
}

function visitFields(value: unknown, map: MapShape, path: PathElement[], set: FieldSet): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value as JsonObject)) {
    const shape = map.field(name);
    if (!shape || inner === undefined) continue;
    path.push(fieldElement(name));
    visit(inner, shape, path, set);
    if (inner === null || isEmptyMap(inner) || !map.names(name)) set.insert(path);
    path.pop();
  }
}

function isEmptyMap(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
  );
}
