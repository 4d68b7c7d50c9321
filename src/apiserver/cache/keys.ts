/**
 * Where objects are in the store: /registry/<group or 'core'>/<plural>/[<namespace>/]<name>.
 * One resource is one prefix and one namespace of it is one prefix below, so that the cache can
 * serve both without looking at anything else. The version is not in the key: a resource is
 * stored once, in its storage version.
 */
const ROOT = '/registry/';

/** Group '' is the core group; `resource` is the plural. */
export interface StoredResource {
  readonly group: string;
  readonly resource: string;
}

/** All objects of a resource, or those of one namespace. Ends with '/'. */
export function prefixFor(r: StoredResource, namespace?: string): string {
  const resource = `${ROOT}${r.group || 'core'}/${r.resource}/`;
  return namespace ? `${resource}${namespace}/` : resource;
}

/** One object. No namespace (or '') for cluster-scoped resources. */
export function keyFor(r: StoredResource, namespace: string | undefined, name: string): string {
  return prefixFor(r, namespace) + name;
}

/** The part of a key that its neighbours share: everything up to and with the last '/'. */
export function directoryOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}

/** The resource part of a key or prefix ('/registry/apps/deployments/'), or undefined when it is not that long. */
export function resourcePrefixOf(key: string): string | undefined {
  let end = -1;
  for (let slashes = 0; slashes < 4; slashes++) {
    end = key.indexOf('/', end + 1);
    if (end < 0) return undefined;
  }
  return key.slice(0, end + 1);
}
