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

  /** Of a resource, or of a directory of one: without making the list. */
  size(prefix: string): { readonly objects: number; readonly bytes: number } {
    const resource = this.#resources.get(resourcePrefixOf(prefix) ?? '');
    const exactly = resource?.directories.get(prefix);
    if (exactly) return { objects: exactly.size, bytes: exactly.bytes };
    let [objects, bytes] = [0, 0];
    for (const [name, directory] of resource?.directories ?? [])
      if (name.startsWith(prefix)) {
        objects += directory.size;
        bytes += directory.bytes;
      }
    return { objects, bytes };
  }

  /** Prefixes shorter than a resource: rare (tests, diagnosis), so nothing is kept for them. */
  #listAcross(prefix: string): readonly CachedObject[] {
    if (resourcePrefixOf(prefix) !== undefined) return NONE;
    const lists = [...this.#resources.values()].map(joinedOf);
    return join(lists.map(list => list.filter(object => object.key.startsWith(prefix))));
  }

  #resource(key: string): ResourceIndex | undefined {
    return this.#resources.get(resourcePrefixOf(key) ?? '');
  }
}

function joinedOf(resource: ResourceIndex): readonly CachedObject[] {
  if (!resource.joined) {
    resource.joined = join([...resource.directories.values()].map(directory => directory.snapshot()));
  }
  return resource.joined;
}

/** Lists in order, one after another: in order as a whole unless a directory lies inside another. */
function join(lists: readonly (readonly CachedObject[])[]): readonly CachedObject[] {
  const filled = lists.filter(list => list.length > 0);
  if (filled.length <= 1) return filled[0] ?? NONE;
  filled.sort((a, b) => compareKeys(keyAt(a, 0), keyAt(b, 0)));
  const nested = filled.some((list, i) => {
    const before = filled[i - 1];
    return before !== undefined && compareKeys(keyAt(before, -1), keyAt(list, 0)) > 0;
  });
  const objects = filled.flat();
  return nested ? objects.sort((a, b) => compareKeys(a.key, b.key)) : objects;
}

const keyAt = (list: readonly CachedObject[], index: number) => (list.at(index) as CachedObject).key;
