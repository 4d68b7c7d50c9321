/** The objects of a definition that is being deleted. */
import { customKinds } from '../../api/custom/definition.ts';
import { isStatusError } from '../../api/status-error.ts';
import type { CustomResourceDefinition } from '../../generated/apiextensions-v1.ts';
import { serverWrites } from '../bootstrap/server-caller.ts';
import type { ServerCore } from '../core.ts';
import { deleteObject } from '../operations/delete.ts';
import type { Resource } from '../registry/resource.ts';

/** Undefined: nothing of it was ever served. */
export function instancesOf(core: ServerCore, crd: CustomResourceDefinition): Resource | undefined {
  const [kind] = customKinds(crd).served;
  return kind && core.resources.lookup(kind.group, kind.version, kind.plural);
}

/** Through the same operation as any deletion. Returns how many stay, waiting for their finalizers. */
export async function deleteInstances(core: ServerCore, resource: Resource): Promise<number> {
  for (const { object } of core.cache.list(resource.prefix())) {
    const { namespace = '', name = '', deletionTimestamp } = object.metadata;
    if (deletionTimestamp !== undefined) continue;
    try {
      await deleteObject(core, { resource, namespace, name }, {}, serverWrites);
    } catch (error) {
      // Someone else was quicker.
      if (!isStatusError(error, 'NotFound')) throw error;
    }
  }
  return core.cache.list(resource.prefix()).length;
}
