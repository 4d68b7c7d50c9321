/** Query options of create, update and patch, checked as upstream's meta/v1 validation does. */
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  tooLong,
} from '../../api/field-error.ts';
import { invalid } from '../../api/status-error.ts';
import type { ResourceExchange } from '../exchange.ts';
import type { WriteOptions } from '../operations/context.ts';

export type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions';

const MAX_FIELD_MANAGER_BYTES = 128;

/** @throws StatusError 422 */
export function writeOptions(
  { caller, request }: ResourceExchange,
  kind: OptionsKind,
  subresource = '',
): WriteOptions {
  const { query } = request;
  const dryRun = query.getAll('dryRun');
  const errors: FieldError[] = [];
  if (kind === 'PatchOptions' && query.get('force') !== null)
    errors.push(forbiddenField('force', 'may not be specified for non-apply patch'));
  errors.push(...fieldManagerErrors(query.get('fieldManager') ?? ''));
  if (dryRun.some(value => value !== 'All')) errors.push(notSupported('dryRun', dryRun, ['All']));
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', errors);
  return { caller, dryRun: dryRun.length > 0, subresource };
}

function fieldManagerErrors(name: string): FieldError[] {
  const errors: FieldError[] = [];
  if (Buffer.byteLength(name) > MAX_FIELD_MANAGER_BYTES)
    errors.push(tooLong('fieldManager', MAX_FIELD_MANAGER_BYTES));
  Array.from(name).forEach((character, i) => {
    if (!/\p{C}/u.test(character)) return;
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    errors.push(invalidValue('fieldManager', name, `invalid character U+${code} (at position ${i})`));
  });
  return errors;
}
