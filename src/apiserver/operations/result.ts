/**
 * What a write or a read of one object gives: the object, and its JSON. The JSON of a stored
 * object is the cache's own bytes; a dry run's is made when it is asked for.
 */
import type { KubeObject } from '../../api/object.ts';
import type { Revision } from '../../store/contract.ts';
import { CachedEntry } from '../cache/cached-object.ts';
import type { CachedObject } from '../cache/contract.ts';
import type { ServerCore } from '../core.ts';
import type { Resource } from '../registry/resource.ts';

export interface ObjectResult {
  readonly object: KubeObject;
  /** Where the result is a stored object: what else is kept of it. */
  readonly cached?: CachedObject;
  bytes(): Buffer;
}

export function storedResult(resource: Resource, cached: CachedObject): ObjectResult {
  return {
    get object() {
      return resource.present(cached);
    },
    cached,
    bytes: () => resource.bytes(cached),
  };
}

export function plainResult(object: KubeObject): ObjectResult {
  return { object, bytes: () => Buffer.from(JSON.stringify(object)) };
}

/**
 * The answer to a write of `value` that got `at`. The cache shows that revision by the store's
 * contract, unless a later write has overtaken it: then the answer is made from what was written.
 */
export function writtenResult(
  core: ServerCore,
  resource: Resource,
  key: string,
  at: Revision,
  value: Buffer,
): ObjectResult {
  const cached = core.cache.get(key);
  return storedResult(resource, cached?.revision === at ? cached : new CachedEntry(key, value, at));
}
