/**
 * FieldsV1, the JSON form of a set of paths in metadata.managedFields: one object a node, `"."`
 * for its membership where it has children too; `{}` is a member without children.
 */
import { FieldSet, sortedChildren } from './field-set.ts';
import { canonicalElement } from './path-element.ts';

export interface FieldsV1 {
  readonly [element: string]: FieldsV1;
}

/** Why something is not FieldsV1. */
export class FieldsError extends Error {
  override readonly name = 'FieldsError';
}

const LEAF: FieldsV1 = Object.freeze({});

/** Leaves are one and the same frozen object. */
export function encodeFields(set: FieldSet): FieldsV1 {
  if (set.source) return set.source as FieldsV1;
  if (!set.children) return LEAF;
  const out: Record<string, FieldsV1> = {};
  if (set.member) out['.'] = LEAF;
  for (const [element, child] of sortedChildren(set)) out[element] = encodeFields(child);
  return out;
}

/** A path of the set is among the fields. Without decoding them, which must be canonical. */
export function overlaps(fields: FieldsV1, set: FieldSet): boolean {
  for (const [element, child] of set.children ?? []) {
    const inner = fields[element];
    if (inner === undefined) continue;
    if (child.member && (inner['.'] !== undefined || isLeaf(inner))) return true;
    if (child.children && overlaps(inner, child)) return true;
  }
  return false;
}

function isLeaf(fields: FieldsV1): boolean {
  for (const _ in fields) return false;
  return true;
}

/** Of a client: null and undefined are the empty set. @throws FieldsError */
export function decodeFields(value: unknown): FieldSet {
  const set = new FieldSet();
  if (value !== null && value !== undefined) read(value, set);
  return set;
}

function read(value: unknown, into: FieldSet): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FieldsError(`Cannot read fields: expected an object, got ${JSON.stringify(value)}`);
  for (const [text, inner] of Object.entries(value)) {
    if (text === '.') {
      into.member = true;
      continue;
    }
    const element = canonicalElement(text);
    if (element === undefined)
      throw new FieldsError(`Cannot read fields: ${JSON.stringify(text)} is no path element`);
    const child = into.descend([element]);
    read(inner, child);
    if (!child.children) child.member = true;
  }
}

/** What we wrote ourselves: canonical, and written again as it is where nothing changes. */
export function decodeStored(fields: FieldsV1): FieldSet {
  const set = new FieldSet();
  set.source = fields;
  for (const text in fields) {
    if (text === '.') set.member = true;
    else {
      const child = decodeStored(fields[text] ?? LEAF);
      if (!child.children) child.member = true;
      set.children ??= new Map();
      set.children.set(text, child);
    }
  }
  return set;
}
