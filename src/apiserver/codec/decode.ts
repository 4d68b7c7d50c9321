/** The decode stage: from a body to an object of the kind that the URL asks for. */
import type { KubeObject } from '../../api/object.ts';
import { badRequest } from '../../api/status-error.ts';
import type { ResourceExchange } from '../exchange.ts';
import { bodyFormat, parseBody } from './body.ts';

/** @throws StatusError 400, 413, 415 */
export async function decodeObject(exchange: ResourceExchange): Promise<KubeObject> {
  const format = bodyFormat(exchange.request);
  return asKind(exchange, parseBody(await exchange.request.body(), format));
}

function asKind({ resource }: ResourceExchange, value: unknown): KubeObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest('the object provided is unrecognized (must be an object)');
  const object = value as KubeObject;
  object.metadata ??= {};
  object.kind = resource.definition.kind;
  object.apiVersion = resource.apiVersion;
  return object;
}
