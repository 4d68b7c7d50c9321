/** Query options of create, update and patch, checked as upstream's meta/v1 validation does. */
import { type FieldError, forbiddenField, notSupported, required } from '../../api/field-error.ts';
import { validateFieldManager } from '../../api/meta/managed-fields.ts';
import { invalid } from '../../api/status-error.ts';
import { managerName } from '../apply/manager-name.ts';
import { bodyFormat, isApply } from '../codec/body.ts';
import type { ResourceExchange } from '../exchange.ts';
import type { WriteOptions } from '../operations/context.ts';
import type { ApiRequest } from '../request.ts';

const FIELD_VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn'];

export type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions';

/** All that is wrong with them, as upstream tells it. @throws StatusError 415 (create), 422 */
export function writeOptions(
  { caller, request }: ResourceExchange,
  kind: OptionsKind,
  subresource = '',
): WriteOptions {
  // Before a new object's options upstream looks at what it is written in.
  if (kind === 'CreateOptions') bodyFormat(request);
  const { query } = request;
  const dryRun = query.getAll('dryRun');
  const errors: FieldError[] = [];
  const fieldManager = query.get('fieldManager') ?? '';
  if (kind === 'PatchOptions') errors.push(...applyErrors(request, fieldManager));
  errors.push(...validateFieldManager(fieldManager, 'fieldManager'));
  if (dryRun.some(value => value !== 'All')) errors.push(notSupported('dryRun', dryRun, ['All']));
  const fieldValidation = query.get('fieldValidation') ?? '';
  if (!FIELD_VALIDATIONS.includes(fieldValidation))
    errors.push(notSupported('fieldValidation', fieldValidation, FIELD_VALIDATIONS));
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', errors);
  const manager = managerName(fieldManager, request.header('user-agent'));
  return { caller, dryRun: dryRun.length > 0, subresource, manager };
}

/** Server-side apply must say who applies; only it can be forced. */
function applyErrors(request: ApiRequest, fieldManager: string): FieldError[] {
  if (isApply(request))
    return fieldManager === '' ? [required('fieldManager', 'is required for apply patch')] : [];
  return request.query.get('force') === null
    ? []
    : [forbiddenField('force', 'may not be specified for non-apply patch')];
}
