import type { KubeObject } from '../../api/object.ts';
import { encodeValue, negotiateObject, respondObject } from '../codec/respond.ts';
import type { ResourceExchange } from '../exchange.ts';
import { deleteObject } from '../operations/delete.ts';
import { returnsDeletedObject } from '../operations/delete-answer.ts';
import { plainResult } from '../operations/result.ts';
import type { ApiResponse } from '../request.ts';
import { deleteOptions, warnAboutChildren } from './delete-options.ts';

/** DELETE of one object: answers the object when it lives on for a while, a Status when it is gone. */
export async function deleteOne(exchange: ResourceExchange): Promise<ApiResponse> {
  const { core, target, caller, resource } = exchange;
  const form = negotiateObject(exchange);
  const options = await deleteOptions(exchange.request);
  warnAboutChildren(exchange, options);
  const dryRun = (options.dryRun ?? []).length > 0;
  const { result, removed } = await deleteObject(core, target, options, { caller, dryRun });
  // What was asked goes on, where the client said that the children go too (and nowhere else).
  if (!removed) return respondObject(exchange, options.orphanDependents === false ? 202 : 200, result, form);
  if (returnsDeletedObject(resource.definition))
    return respondObject(exchange, 200, plainResult(result.object), form);
  return encodeValue(exchange, 200, deletedStatus(exchange, result.object), form);
}

function deletedStatus({ resource, target }: ResourceExchange, object: KubeObject): unknown {
  const { group, plural } = resource.definition;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name: target.name, ...(group ? { group } : {}), kind: plural, uid: object.metadata.uid },
  };
}
