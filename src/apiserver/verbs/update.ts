import type { KubeObject } from '../../api/object.ts';
import { badRequest } from '../../api/status-error.ts';
import { decodeObject } from '../codec/decode.ts';
import { negotiateObject, respondObject } from '../codec/respond.ts';
import type { Target } from '../core.ts';
import type { ResourceExchange } from '../exchange.ts';
import type { PrepareUpdate } from '../operations/strategy.ts';
import { replaceWith, updateObject } from '../operations/update.ts';
import type { ApiResponse } from '../request.ts';
import { writeOptions } from './write-options.ts';

/** PUT of an object, or of its status or another subresource that has the object's own form. */
export async function update(
  exchange: ResourceExchange,
  subresource = '',
  prepare?: PrepareUpdate,
): Promise<ApiResponse> {
  const { core, target } = exchange;
  const form = negotiateObject(exchange);
  const options = writeOptions(exchange, 'UpdateOptions', subresource);
  const object = await decodeObject(exchange);
  checkName(object, target);
  const { result, created } = await updateObject(core, target, replaceWith(object), {
    ...options,
    ...(prepare ? { prepare } : {}),
    createMissing: subresource === '',
    uid: object.metadata.uid,
  });
  return respondObject(exchange, created ? 201 : 200, result, form);
}

/** @throws StatusError 400: the body names no object, or another than the URL. */
export function checkName(object: KubeObject, { name, resource, namespace }: Target): void {
  const given = object.metadata.name ?? '';
  if (given === '')
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  if (given !== name)
    throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
  const where = object.metadata.namespace ?? '';
  if (resource.namespaced && where !== '' && where !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}
