import { isApply } from '../codec/body.ts';
import { negotiateObject, respondObject } from '../codec/respond.ts';
import type { ResourceExchange } from '../exchange.ts';
import type { PrepareUpdate } from '../operations/strategy.ts';
import { updateObject } from '../operations/update.ts';
import { decodePatch, patchTypeOf } from '../patch/decode.ts';
import type { ApiResponse } from '../request.ts';
import { writeOptions } from './write-options.ts';

/** PATCH of an object, or of a subresource that has the object's own form. */
export async function patch(
  exchange: ResourceExchange,
  subresource = '',
  prepare?: PrepareUpdate,
): Promise<ApiResponse> {
  const { core, target } = exchange;
  // Upstream looks at what comes before it looks at what goes.
  patchTypeOf(exchange);
  const form = negotiateObject(exchange);
  const options = writeOptions(exchange, 'PatchOptions', subresource);
  const transform = await decodePatch(exchange, options);
  const applies = isApply(exchange.request);
  const { result, created } = await updateObject(core, target, transform, {
    ...options,
    patch: true,
    ...(prepare ? { prepare } : {}),
    ...(applies ? { keepsManagedFields: true } : {}),
    ...(applies && subresource === '' ? { createMissing: 'always' } : {}),
  });
  return respondObject(exchange, created ? 201 : 200, result, form);
}
