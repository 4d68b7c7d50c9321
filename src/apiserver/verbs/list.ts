import { negotiateList } from '../codec/negotiate.ts';
import { respondList } from '../codec/respond.ts';
import type { ResourceExchange } from '../exchange.ts';
import { computedObjects } from '../operations/computed.ts';
import { listObjects } from '../operations/list.ts';
import type { ApiResponse } from '../request.ts';
import { listOptions } from './list-options.ts';

/** GET of a collection: the cached bytes of its items, one after the other. */
export async function list(exchange: ResourceExchange): Promise<ApiResponse> {
  const { core, target, resource, request } = exchange;
  const form = negotiateList(request.header('accept'), resource.definition);
  const options = listOptions(resource.definition, request.query, false);
  const computed = computedObjects(core, resource);
  if (!computed) return respondList(exchange, await listObjects(core, target, options), form);
  const items = computed.filter(({ object }) => options.selection.matches(object));
  const outcome = { items, resourceVersion: '', continueToken: undefined, remaining: undefined };
  return respondList(exchange, outcome, form);
}
