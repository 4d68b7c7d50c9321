/** Paths inside volumes. */
import { type FieldError, invalidValue } from '../../field-error.ts';

export function noBacksteps(path: string, value: string): FieldError[] {
  return value.split('/').includes('..') ? [invalidValue(path, value, "must not contain '..'")] : [];
}

/** What a hostPath may be; '' is whatever is there. */
export const HOST_PATH_TYPES = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

/** Relative, and never upwards. */
export function localDescendingPath(path: string, value: string): FieldError[] {
  const errors = value.startsWith('/') ? [invalidValue(path, value, 'must be a relative path')] : [];
  return [...errors, ...noBacksteps(path, value)];
}

/** The same, and not one of the names that the kubelet's atomic writer keeps for itself. */
export function localUnreservedPath(path: string, value: string): FieldError[] {
  const errors = localDescendingPath(path, value);
  // "../x" is reported already.
  if (value.startsWith('..') && !value.startsWith('../')) {
    errors.push(invalidValue(path, value, "must not start with '..'"));
  }
  return errors;
}
