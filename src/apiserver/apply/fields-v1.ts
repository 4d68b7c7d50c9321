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

export function encodeFields(set: FieldSet): FieldsV1 {
  const out: Record<string, FieldsV1> = {};
  for (const [element, child] of sortedChildren(set)) {
    const inner = encodeFields(child);
    out[element] = child.member && child.children ? { '.': {}, ...inner } : inner;
  }
  return out;
}

/** Null and undefined are the empty set. @throws FieldsError */
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
