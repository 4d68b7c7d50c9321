/**
 * Every object by key, and ordered by resource and by namespace.
 *
 * Two levels: a resource ('/registry/core/pods/') has directories ('/registry/core/pods/default/'),
 * a directory has objects. A write touches one directory; a list of a namespace merges only that
 * directory's changes, a list of a resource joins the snapshots of its directories. The joined
 * list is kept until the next write to the resource.
 */
import { compareKeys } from '../../store/key.ts';
import type { CachedObject } from './contract.ts';
import { Directory } from './directory.ts';
import { directoryOf, resourcePrefixOf } from './keys.ts';

interface ResourceIndex {
  readonly directories: Map<string, Directory>;
  /** All objects of the resource in key order; undefined after a write. */
  joined: readonly CachedObject[] | undefined;
}

const NONE: readonly CachedObject[] = Object.freeze([]);

export class ObjectIndex {
  readonly #resources = new Map<string, ResourceIndex>();

  get(key: string): CachedObject | undefined {
    return this.#resource(key)?.directories.get(directoryOf(key))?.get(key);
  }

  put(object: CachedObject): void {
    const prefix = resourcePrefixOf(object.key) ?? '';
    let resource = this.#resources.get(prefix);
    if (!resource) {
      resource = { directories: new Map(), joined: undefined };
      this.#resources.set(prefix, resource);
    }
    const name = directoryOf(object.key);
    let directory = resource.directories.get(name);
    if (!directory) {
      directory = new Directory();
      resource.directories.set(name, directory);
    }
    directory.put(object);
    resource.joined = undefined;
  }

  delete(key: string): void {
    const resource = this.#resource(key);
    const name = directoryOf(key);
    const directory = resource?.directories.get(name);
    if (!resource || !directory) return;
    directory.delete(key);
    if (directory.size === 0) resource.directories.delete(name);
    resource.joined = undefined;
  }

  /** In key order; never changed afterwards. */
  list(prefix: string): readonly CachedObject[] {
    const resource = this.#resources.get(resourcePrefixOf(prefix) ?? '');
    if (!resource) return this.#listAcross(prefix);
    const directory = resource.directories.get(prefix);
    if (directory) return directory.snapshot();
    if (resourcePrefixOf(prefix) === prefix) return joinedOf(resource);
    return joinedOf(resource).filter(object => object.key.startsWith(prefix));
  }

  /** Prefixes shorter than a resource: rare (tests, diagnosis), so nothing is kept for them. */
  #listAcross(prefix: string): readonly CachedObject[] {
    if (resourcePrefixOf(prefix) !== undefined) return NONE;
    const found = [...this.#resources.values()].flatMap(joinedOf).filter(o => o.key.startsWith(prefix));
    return inOrder(found);
  }

  #resource(key: string): ResourceIndex | undefined {
    return this.#resources.get(resourcePrefixOf(key) ?? '');
  }
}

function joinedOf(resource: ResourceIndex): readonly CachedObject[] {
  if (!resource.joined) {
    const names = [...resource.directories.keys()].sort(compareKeys);
    const lists = names.map(name => (resource.directories.get(name) as Directory).snapshot());
    resource.joined = lists.length === 1 ? (lists[0] ?? NONE) : inOrder(lists.flat());
  }
  return resource.joined;
}

/** Directories in order are objects in order, unless one directory lies inside another. */
function inOrder(objects: CachedObject[]): readonly CachedObject[] {
  for (let i = 1; i < objects.length; i++) {
    if (compareKeys((objects[i - 1] as CachedObject).key, (objects[i] as CachedObject).key) > 0) {
      return objects.sort((a, b) => compareKeys(a.key, b.key));
    }
  }
  return objects;
}
