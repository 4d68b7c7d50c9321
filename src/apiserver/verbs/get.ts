import { notFound } from '../../api/status-error.ts';
import { negotiateObject, respondObject } from '../codec/respond.ts';
import type { ResourceExchange } from '../exchange.ts';
import { computedObjects } from '../operations/computed.ts';
import { tooLarge } from '../operations/list.ts';
import { storedResult } from '../operations/result.ts';
import type { ApiResponse } from '../request.ts';
import { resourceVersionParameter } from './parameters.ts';

/** GET of one object: the cache's bytes. The cache is never behind an answered write. */
export function get(exchange: ResourceExchange): ApiResponse {
  const { core, target, resource, request } = exchange;
  const form = negotiateObject(exchange);
  const asked = resourceVersionParameter(request.query.get('resourceVersion')) ?? 0;
  if (asked > core.cache.revision) throw tooLarge(asked, core.cache.revision);
  const key = resource.key(target.namespace, target.name);
  const computed = computedObjects(core, resource);
  const cached = computed ? computed.find(o => o.key === key) : core.cache.get(key);
  if (!cached) {
    const { missingAs = resource.named.resource } = resource.definition;
    throw notFound({ ...resource.named, resource: missingAs }, target.name);
  }
  return respondObject(exchange, 200, storedResult(resource, cached), form);
}
