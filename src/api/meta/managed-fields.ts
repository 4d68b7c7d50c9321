/** Validation of metadata.managedFields: upstream's ValidateManagedFields. */
import type { ManagedFieldsEntry } from '../../generated/meta-v1.ts';
import { at, child, type FieldError, invalidValue, tooLong } from '../field-error.ts';

const MANAGER_MAX_BYTES = 128;

export function validateManagedFields(entries: readonly ManagedFieldsEntry[], path: string): FieldError[] {
  return entries.flatMap((entry, i) => {
    const errors: FieldError[] = [];
    const here = at(path, i);
    const { operation = '', fieldsType = '', manager = '', subresource = '' } = entry;
    if (operation !== 'Apply' && operation !== 'Update') {
      errors.push(invalidValue(child(here, 'operation'), operation, 'must be `Apply` or `Update`'));
    }
    if (fieldsType !== '' && fieldsType !== 'FieldsV1') {
      errors.push(invalidValue(child(here, 'fieldsType'), fieldsType, 'must be `FieldsV1`'));
    }
    errors.push(...validateFieldManager(manager, child(here, 'manager')));
    if (Buffer.byteLength(subresource) > 256) errors.push(tooLong(child(here, 'subresource'), 256));
    return errors;
  });
}

/** Also for the fieldManager query parameter. */
export function validateFieldManager(manager: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (Buffer.byteLength(manager) > MANAGER_MAX_BYTES) errors.push(tooLong(path, MANAGER_MAX_BYTES));
  let position = 0;
  for (const c of manager) {
    const code = c.codePointAt(0) ?? 0;
    // Printable by Go's unicode.IsPrint: letters, marks, numbers, punctuation, symbols and the ASCII space.
    if (c !== ' ' && !/[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(c)) {
      const hex = code.toString(16).toUpperCase().padStart(4, '0');
      errors.push(invalidValue(path, manager, `invalid character U+${hex} (at position ${position})`));
    }
    position += Buffer.byteLength(c);
  }
  return errors;
}
