import { decodeObject } from '../codec/decode.ts';
import { negotiateObject, respondObject } from '../codec/respond.ts';
import type { ResourceExchange } from '../exchange.ts';
import { createObject } from '../operations/create.ts';
import type { ApiResponse } from '../request.ts';
import { writeOptions } from './write-options.ts';

/** POST to a collection. */
export async function create(exchange: ResourceExchange): Promise<ApiResponse> {
  const { core, target } = exchange;
  const form = negotiateObject(exchange);
  const options = writeOptions(exchange, 'CreateOptions');
  const object = await decodeObject(exchange);
  return respondObject(exchange, 201, await createObject(core, target, object, options), form);
}
