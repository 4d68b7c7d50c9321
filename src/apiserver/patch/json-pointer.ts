/**
 * JSON Pointers (RFC 6901) as upstream's JSON Patch library reads them: what is before the first
 * slash does not count, and negative indexes count from the end of a list.
 */
import { ownField } from '../../base/own-field.ts';

export class PointerError extends Error {
  override readonly name = 'PointerError';
}

export function parsePointer(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map(part => part.replace(/~[01]/g, found => (found === '~1' ? '/' : '~')));
}

export type Container = Record<string, unknown> | unknown[];

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

/** What holds the last part of the path. @throws PointerError */
export function containerAt(document: unknown, path: readonly string[]): Container {
  let at: unknown = document;
  for (const part of path.slice(0, -1)) {
    if (!isContainer(at)) throw new PointerError(`missing path ${part}`);
    at = Array.isArray(at) ? at[indexIn(at, part, 0)] : ownField(at, part);
  }
  if (!isContainer(at)) throw new PointerError('missing container');
  return at;
}

/** `extra` 1 allows the place after the last element. @throws PointerError */
export function indexIn(list: readonly unknown[], part: string, extra: 0 | 1): number {
  if (part === '-' && extra === 1) return list.length;
  if (!/^[-+]?\d+$/.test(part)) throw new PointerError(`${part} is not an index`);
  const given = Number(part);
  const length = list.length + extra;
  const index = given < 0 ? given + length : given;
  if (index < 0 || index >= length) throw new PointerError(`index ${part} out of bounds`);
  return index;
}
