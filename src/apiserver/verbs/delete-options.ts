/** DeleteOptions from the body, or from the query when there is no body (both upstream's). */
import { badRequest } from '../../api/status-error.ts';
import { bodyFormat, parseBody } from '../codec/body.ts';
import type { DeleteOptions } from '../operations/delete-options.ts';
import type { ApiRequest } from '../request.ts';
import { integerParameter } from './parameters.ts';
import { booleanParameter } from '../request-info.ts';

/** @throws StatusError 400, 415 */
export async function deleteOptions(request: ApiRequest): Promise<DeleteOptions> {
  const bytes = await request.body();
  if (bytes.length === 0) return fromQuery(request.query);
  const value = parseBody(bytes, bodyFormat(request)) ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) throw badRequest('DeleteOptions must be an object');
  return value as DeleteOptions;
}

function fromQuery(query: URLSearchParams): DeleteOptions {
  const grace = integerParameter(query, 'gracePeriodSeconds');
  const policy = query.get('propagationPolicy');
  const orphan = query.get('orphanDependents');
  const dryRun = query.getAll('dryRun').filter(v => v !== '');
  return {
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
    ...(policy === null ? {} : { propagationPolicy: policy }),
    ...(orphan === null ? {} : { orphanDependents: booleanParameter(orphan) }),
    ...(dryRun.length === 0 ? {} : { dryRun }),
  };
}
