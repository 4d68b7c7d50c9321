/**
 * Checks that an applied configuration fits its type before it is merged: nothing unknown, every
 * scalar of its kind, every list item with an identity of its own. Messages are upstream's.
 */
import { goDebug, goShow, goTypeName } from './go-format.ts';
import { ItemError, itemElement } from './list-items.ts';
import { fieldElement, type PathElement, showPath } from './path-element.ts';
import { type ListShape, type MapShape, type Shape, shapeFor } from './shape.ts';

/** `.spec.replicas: expected numeric (int or float), got string`; several are listed under `errors:`. */
export function validateConfig(value: unknown, shape: Shape): string | undefined {
  const errors: string[] = [];
  visit(value, shape, [], errors);
  if (errors.length === 0) return undefined;
  return errors.length === 1 ? errors[0] : ['errors:', ...errors.map(e => `  ${e}`)].join('\n');
}

function visit(value: unknown, shape: Shape, path: PathElement[], errors: string[]): void {
  if (value === null || value === undefined) return;
  const actual = shapeFor(shape, value);
  const fail = (why: string) => errors.push(path.length > 0 ? `${showPath(path)}: ${why}` : why);
  switch (actual.kind) {
    case 'scalar': {
      const why = scalarProblem(value, actual.type);
      if (why) fail(why);
      return;
    }
    case 'list':
      if (Array.isArray(value)) visitItems(value, actual, path, errors, fail);
      else fail(`expected list, got ${goShow(value)}`);
      return;
    case 'map':
      if (typeof value === 'object' && !Array.isArray(value)) visitFields(value, actual, path, errors);
      else fail(`expected map, got ${goShow(value)}`);
  }
}

function scalarProblem(
  value: unknown,
  type: 'string' | 'numeric' | 'boolean' | 'untyped',
): string | undefined {
  switch (type) {
    case 'string':
      return typeof value === 'string' ? undefined : `expected string, got ${goDebug(value)}`;
    case 'numeric':
      return typeof value === 'number'
        ? undefined
        : `expected numeric (int or float), got ${goTypeName(value)}`;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `expected boolean, got ${goShow(value)}`;
    case 'untyped':
      return typeof value === 'object' ? `expected any scalar, got ${goShow(value)}` : undefined;
  }
}

function visitItems(
  items: readonly unknown[],
  list: ListShape,
  path: PathElement[],
  errors: string[],
  fail: (why: string) => void,
): void {
  const seen = new Set<PathElement>();
  items.forEach((item, i) => {
    const element = tryElement(list, item, i);
    if (element instanceof ItemError) {
      fail(`element ${i}: ${element.message}`);
      return;
    }
    if (seen.has(element)) fail(`duplicate entries for key ${showPath([element])}`);
    seen.add(element);
    path.push(element);
    visit(item, list.items, path, errors);
    path.pop();
  });
}

function tryElement(list: ListShape, item: unknown, index: number): PathElement | ItemError {
  try {
    return itemElement(list, item, index);
  } catch (error) {
    if (error instanceof ItemError) return error;
    throw error;
  }
}

function visitFields(fields: object, map: MapShape, path: PathElement[], errors: string[]): void {
  for (const [name, value] of Object.entries(fields)) {
    const shape = map.field(name);
    path.push(fieldElement(name));
    if (shape) visit(value, shape, path, errors);
    else errors.push(`${showPath(path)}: field not declared in schema`);
    path.pop();
  }
}
