/** Which subresources a resource has: status and scale as its definition says, others by the table (table.ts). */
import type { Resource } from '../registry/resource.ts';
import { scaleSubresource } from './scale.ts';
import { statusSubresource } from './status.ts';
import type { Subresource, SubresourceHandlers } from './subresource.ts';

/** Subresources of particular kinds: `<group>/<plural>` to name to handlers. */
export type SubresourceTable = Readonly<Record<string, Readonly<Record<string, Subresource>>>>;

export function createSubresources(table: SubresourceTable): SubresourceHandlers {
  const cache = new WeakMap<Resource, ReadonlyMap<string, Subresource>>();
  const of = (resource: Resource): ReadonlyMap<string, Subresource> => {
    let found = cache.get(resource);
    if (!found) {
      found = make(resource, table);
      cache.set(resource, found);
    }
    return found;
  };
  return { of, find: (resource, name) => of(resource).get(name) };
}

function make(resource: Resource, table: SubresourceTable): ReadonlyMap<string, Subresource> {
  const { group, plural, subresources } = resource.definition;
  const found = new Map<string, Subresource>();
  if (subresources?.status) found.set('status', statusSubresource);
  if (subresources?.scale) found.set('scale', scaleSubresource(subresources.scale));
  for (const [name, subresource] of Object.entries(table[`${group}/${plural}`] ?? {}))
    found.set(name, subresource);
  return found;
}
