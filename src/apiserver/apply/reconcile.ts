/**
 * Fits what a manager owns to the schema of today: what was granular when it was written and is
 * atomic now is owned as a whole; what was owned as a whole and is granular now is owned in all
 * its parts (structured-merge-diff, ReconcileFieldSetWithSchema).
 */
import { FieldSet, recursiveDifference, union } from './field-set.ts';
import { knownElement } from './list-items.ts';
import { fieldName, type PathElement } from './path-element.ts';
import { type ListShape, type Shape, shapeFor } from './shape.ts';
import { toFieldSet } from './to-field-set.ts';

interface Changes {
  readonly remove: FieldSet;
  readonly add: FieldSet;
}

/** The set itself where nothing is to be changed. `live` is the object, `shape` its type. */
export function reconcile(set: FieldSet, live: unknown, shape: Shape): FieldSet {
  const changes: Changes = { remove: new FieldSet(), add: new FieldSet() };
  visit(set, live, shape, [], changes);
  if (changes.remove.isEmpty && changes.add.isEmpty) return set;
  return union(recursiveDifference(set, changes.remove), changes.add);
}

function visit(set: FieldSet, live: unknown, shape: Shape, path: PathElement[], changes: Changes): void {
  const actual = shapeFor(shape, undefined);
  if (shape.kind === 'scalar' || actual.kind === 'scalar') return;
  const isLeaf = set.member && !set.children;
  if (actual.atomic) {
    if (isLeaf || !set.children) return;
    changes.remove.insert(path);
    changes.add.insert(path);
    return;
  }
  if (isLeaf && typeof live === 'object' && live !== null) {
    const parts = toFieldSet(live, shape).children;
    if (parts) changes.add.descend(path).children = parts;
  }
  for (const [element, child] of set.children ?? []) {
    const name = fieldName(element);
    const inner = actual.kind === 'list' ? actual.items : actual.field(name ?? '');
    if (!inner) continue;
    path.push(element);
    visit(
      child,
      actual.kind === 'list' ? itemAt(live, element, actual) : fieldAt(live, name),
      inner,
      path,
      changes,
    );
    path.pop();
  }
}

function itemAt(live: unknown, element: PathElement, list: ListShape): unknown {
  if (!Array.isArray(live)) return undefined;
  return live.find((item: unknown, i) => knownElement(list, item, i) === element);
}

function fieldAt(live: unknown, name: string | undefined): unknown {
  if (name === undefined || typeof live !== 'object' || live === null) return undefined;
  return (live as Readonly<Record<string, unknown>>)[name];
}
