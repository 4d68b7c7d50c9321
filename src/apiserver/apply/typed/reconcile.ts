/**
 * Fits what a manager owns to the schema of today: what was owned in parts and is atomic now is
 * owned as a whole. The other way nothing is done: upstream advises against it and leaves such
 * sets as they are (structured-merge-diff, ReconcileFieldSetWithSchema).
 */
import { FieldSet, recursiveDifference, union } from './field-set.ts';
import type { FieldsV1 } from './fields-v1.ts';
import { fieldName, type PathElement } from './path-element.ts';
import type { Shape } from './shape.ts';

/** The set itself where nothing is to be changed. */
export function reconcile(set: FieldSet, shape: Shape): FieldSet {
  const atomic = new FieldSet();
  collect(set, shape, [], atomic);
  return atomic.isEmpty ? set : union(recursiveDifference(set, atomic), atomic);
}

/** Whether `reconcile` would change what is stored, without decoding it. */
export function ownsPartsOfAtomic(fields: FieldsV1, shape: Shape): boolean {
  if (shape.kind === 'scalar' || shape.kind === 'any') return false;
  for (const element in fields) {
    if (element === '.') continue;
    if (shape.atomic) return true;
    const inner = shape.kind === 'list' ? shape.items : shape.field(fieldName(element) ?? '');
    if (inner && inner.kind !== 'scalar' && ownsPartsOfAtomic(fields[element] ?? {}, inner)) return true;
  }
  return false;
}

/** Paths of atomic values of which parts are owned. */
function collect(set: FieldSet, shape: Shape, path: PathElement[], atomic: FieldSet): void {
  // What takes any value has no marks to go by.
  if (!set.children || shape.kind === 'scalar' || shape.kind === 'any') return;
  if (shape.atomic) {
    atomic.insert(path);
    return;
  }
  for (const [element, child] of set.children) {
    const inner = shape.kind === 'list' ? shape.items : shape.field(fieldName(element) ?? '');
    if (!inner || !child.children) continue;
    path.push(element);
    collect(child, inner, path, atomic);
    path.pop();
  }
}
