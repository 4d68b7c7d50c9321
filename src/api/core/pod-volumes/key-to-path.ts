/** Files of volumes that are made from keys: which key, where, with which mode. */
import type { KeyToPath } from '../../../generated/core-v1.ts';
import { at, child, type FieldError, invalidValue, required } from '../../field-error.ts';
import { localUnreservedPath } from './paths.ts';

const MODE_ERROR = 'must be a number between 0 and 0777 (octal), both inclusive';

export function validateMode(mode: number | undefined, path: string): FieldError[] {
  return mode !== undefined && (mode < 0 || mode > 0o777) ? [invalidValue(path, mode, MODE_ERROR)] : [];
}

export function validateItems(items: readonly KeyToPath[], path: string): FieldError[] {
  return items.flatMap((item, i) => {
    const here = at(path, i);
    return [
      ...(item.key === '' ? [required(child(here, 'key'))] : []),
      ...(item.path === '' ? [required(child(here, 'path'))] : []),
      ...localUnreservedPath(child(here, 'path'), item.path),
      ...validateMode(item.mode, child(here, 'mode')),
    ];
  });
}
