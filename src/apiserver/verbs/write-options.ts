import { notSupported } from '../../api/field-error.ts';
import { invalid } from '../../api/status-error.ts';
import type { ResourceExchange } from '../exchange.ts';
import type { WriteOptions } from '../operations/context.ts';
import { isDryRun } from './parameters.ts';

/** Query options of create, update and patch. @throws StatusError 422 */
export function writeOptions(
  { caller, request }: ResourceExchange,
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
  subresource = '',
): WriteOptions {
  const dryRun = isDryRun(request.query, values =>
    invalid({ group: 'meta.k8s.io', kind }, '', [notSupported('dryRun', values, ['All'])]),
  );
  return { caller, dryRun, subresource };
}
