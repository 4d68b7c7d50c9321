/**
 * A set of field paths, as a tree: who owns what of an object. A node that is a member stands for
 * its own path; its children stand for longer ones, and membership of the one says nothing of the
 * other (a map can be owned without its keys, and keys without the map).
 *
 * Sets are made with `insert` and not changed once they are shared: the operations return new ones
 * and share unchanged parts. No node but the root is without both membership and children. The
 * root is never a member: the object as a whole has no owner.
 */
import { compareElements, type FieldPath, type PathElement } from './path-element.ts';

export class FieldSet {
  member = false;
  children: Map<PathElement, FieldSet> | undefined;
  /** The FieldsV1 this node was read from; such sets are never inserted into. */
  source: object | undefined;

  static readonly EMPTY: FieldSet = new FieldSet();

  static of(...paths: readonly FieldPath[]): FieldSet {
    const set = new FieldSet();
    for (const path of paths) set.insert(path);
    return set;
  }

  get isEmpty(): boolean {
    return !this.member && this.children === undefined;
  }

  /** Changes this set. An empty path is ignored. */
  insert(path: FieldPath): void {
    if (path.length === 0) return;
    this.descend(path).member = true;
  }

  /** The node at a path, made where it is missing; the caller must make it a member or give it children. */
  descend(path: FieldPath, from = 0): FieldSet {
    const element = path[from];
    if (element === undefined) return this;
    this.children ??= new Map();
    let child = this.children.get(element);
    if (!child) {
      child = new FieldSet();
      this.children.set(element, child);
    }
    return child.descend(path, from + 1);
  }

  /** The node at a path, or undefined. */
  at(path: FieldPath, from = 0): FieldSet | undefined {
    const element = path[from];
    return element === undefined ? this : this.children?.get(element)?.at(path, from + 1);
  }

  has(path: FieldPath): boolean {
    return this.at(path)?.member ?? false;
  }

  /** Member paths in upstream's order: at each node first its own members, then what is below. */
  *paths(prefix: FieldPath = []): Generator<FieldPath> {
    const sorted = sortedChildren(this);
    for (const [element, child] of sorted) if (child.member) yield [...prefix, element];
    for (const [element, child] of sorted) yield* child.paths([...prefix, element]);
  }
}

/** A node with these parts; undefined when it would be empty. */
export function node(
  member: boolean,
  children: Map<PathElement, FieldSet> | undefined,
): FieldSet | undefined {
  const some = children && children.size > 0 ? children : undefined;
  if (!member && !some) return undefined;
  const set = new FieldSet();
  set.member = member;
  set.children = some;
  return set;
}

export function sortedChildren(set: FieldSet): [PathElement, FieldSet][] {
  const children = set.children ? [...set.children] : [];
  return isSorted(children) ? children : children.sort(([a], [b]) => compareElements(a, b));
}

function isSorted(children: readonly [PathElement, FieldSet][]): boolean {
  for (let i = 1; i < children.length; i++) {
    const [before, after] = [children[i - 1]?.[0] ?? '', children[i]?.[0] ?? ''];
    if (compareElements(before, after) > 0) return false;
  }
  return true;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || b.isEmpty) return a;
  if (a.isEmpty) return b;
  const children = new Map(a.children ?? []);
  for (const [element, child] of b.children ?? []) {
    const other = children.get(element);
    children.set(element, other ? union(other, child) : child);
  }
  return node(a.member || b.member, children) ?? FieldSet.EMPTY;
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return intersect(a, b) ?? FieldSet.EMPTY;
}

function intersect(a: FieldSet, b: FieldSet): FieldSet | undefined {
  const children = new Map<PathElement, FieldSet>();
  for (const [element, child] of a.children ?? []) {
    const other = b.children?.get(element);
    const both = other && intersect(child, other);
    if (both) children.set(element, both);
  }
  return node(a.member && b.member, children);
}

/** The paths of `a` that are not in `b`; what is below a path of `b` stays. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return a === b ? FieldSet.EMPTY : (subtract(a, b, false) ?? FieldSet.EMPTY);
}

/** The paths of `a` that are neither in `b` nor below a path of `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return subtract(a, b, true) ?? FieldSet.EMPTY;
}

/** `a` itself where nothing is taken from it. */
function subtract(a: FieldSet, b: FieldSet, below: boolean): FieldSet | undefined {
  if (b.isEmpty) return a;
  if (below && b.member) return undefined;
  let children: Map<PathElement, FieldSet> | undefined;
  for (const [element, other] of b.children ?? []) {
    const child = a.children?.get(element);
    const rest = child && subtract(child, other, below);
    if (rest === child) continue;
    children ??= new Map(a.children);
    if (rest) children.set(element, rest);
    else children.delete(element);
  }
  const loses = a.member && b.member;
  return children || loses ? node(a.member && !loses, children ?? a.children) : a;
}

export function sameSet(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  if (a.member !== b.member || (a.children?.size ?? 0) !== (b.children?.size ?? 0)) return false;
  for (const [element, child] of a.children ?? []) {
    const other = b.children?.get(element);
    if (!other || !sameSet(child, other)) return false;
  }
  return true;
}
