/** The data of ConfigMaps and Secrets: their keys, their size, and what immutable means. */
import { at, type FieldError, forbiddenField, invalidValue } from '../field-error.ts';
import { configMapKey } from '../meta/names.ts';
import { entriesOf, semanticEqual } from './checks.ts';

/** All values together, in bytes: the largest object the store should have to hold. */
export const MAX_DATA_BYTES = 1024 * 1024;

type Data = Readonly<Record<string, string>> | undefined;

export function validateKeys(data: Data, path: string): FieldError[] {
  return entriesOf(data).flatMap(([key]) => configMapKey(key).map(m => invalidValue(at(path, key), key, m)));
}

/** The length of the bytes a base64 string stands for. */
export function decodedLength(base64: string): number {
  return Buffer.byteLength(base64, 'base64');
}

interface Sealable {
  readonly immutable?: boolean | undefined;
}

/** `immutable: true` can be neither taken back nor worked around. */
export function validateSealed<T extends Sealable>(
  next: T,
  old: T,
  fields: readonly (keyof T & string)[],
): FieldError[] {
  if (!old.immutable) return [];
  const why = 'field is immutable when `immutable` is set';
  return [
    ...(next.immutable ? [] : [forbiddenField('immutable', why)]),
    ...fields.filter(f => !semanticEqual(next[f], old[f])).map(f => forbiddenField(f, why)),
  ];
}
