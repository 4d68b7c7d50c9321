import { isStatusError, StatusError } from '../../api/status-error.ts';
import { negotiateList } from '../codec/negotiate.ts';
import { respondList } from '../codec/respond.ts';
import type { ResourceExchange } from '../exchange.ts';
import { deleteObject } from '../operations/delete.ts';
import { deleteOptionsError } from '../operations/delete-options.ts';
import { listObjects } from '../operations/list.ts';
import type { ApiResponse } from '../request.ts';
import { deleteOptions, warnAboutChildren } from './delete-options.ts';
import { listOptions } from './list-options.ts';

/** How many are deleted side by side: enough to share the store's commits. */
const WORKERS = 16;

/** DELETE of a collection: what the same list would give is deleted, and answered. */
export async function deleteCollection(exchange: ResourceExchange): Promise<ApiResponse> {
  const { core, resource, request, caller } = exchange;
  const form = negotiateList(request.header('accept'), resource.definition);
  const wanted = listOptions(resource.definition, request.query, false);
  const options = await deleteOptions(request);
  const wrong = deleteOptionsError(options);
  if (wrong) throw wrong;
  warnAboutChildren(exchange, options);
  const chosen = await listObjects(core, exchange.target, wanted);
  const queue = [...chosen.items];
  const write = { caller, dryRun: (options.dryRun ?? []).length > 0, ofCollection: true };
  let failure: unknown;
  const work = async () => {
    for (let item = queue.shift(); item && failure === undefined; item = queue.shift()) {
      const { namespace = '', name = '' } = item.object.metadata;
      try {
        await deleteObject(core, { resource, namespace, name }, options, write);
      } catch (error) {
        // Someone else was quicker: that one is gone, as was asked.
        if (!isStatusError(error, 'NotFound')) failure ??= error;
      }
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  if (failure !== undefined)
    throw failure instanceof Error ? failure : new StatusError({ reason: '', message: String(failure) });
  return respondList(exchange, chosen, form);
}
