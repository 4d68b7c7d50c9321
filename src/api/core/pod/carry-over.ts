/** What writes to pods/ephemeralcontainers and pods/resize take over from the pod as it was. */
import type { Container, Pod } from '../../../generated/core-v1.ts';

/** Everything but the ephemeral containers stays as it was, metadata included. */
export function keepAllButEphemeralContainers(next: Pod, old: Pod): void {
  const { ephemeralContainers } = next.spec;
  restore(next, old);
  if (ephemeralContainers) next.spec.ephemeralContainers = ephemeralContainers;
  else delete next.spec.ephemeralContainers;
}

/**
 * Everything but resources, of the pod and of its containers, and resize policies stays as it was.
 * Containers that are more, fewer or others are left for validation to refuse.
 */
export function keepAllButResources(next: Pod, old: Pod): void {
  const { containers, initContainers, resources } = next.spec;
  const count = (list: readonly Container[] | undefined) => list?.length ?? 0;
  if (count(containers) !== count(old.spec.containers)) return;
  if (count(initContainers) !== count(old.spec.initContainers)) return;
  restore(next, old);
  next.spec.containers = resized(containers, old.spec.containers);
  if (initContainers) next.spec.initContainers = resized(initContainers, old.spec.initContainers ?? []);
  if (resources) next.spec.resources = resources;
  else delete next.spec.resources;
}

function resized(next: readonly Container[] = [], old: readonly Container[] = []): Container[] {
  if (next.some(({ name }, i) => name !== old[i]?.name)) return [...next];
  return next.map(({ resources, resizePolicy }, i) => {
    const container = { ...(structuredClone(old[i]) as Container), resources };
    if (resizePolicy) container.resizePolicy = resizePolicy;
    else delete container.resizePolicy;
    return container;
  });
}

function restore(next: Pod, old: Pod): void {
  const { resourceVersion, uid, managedFields } = next.metadata;
  Object.assign(next, structuredClone(old));
  Object.assign(next.metadata, { resourceVersion, uid });
  if (managedFields) next.metadata.managedFields = managedFields;
  else delete next.metadata.managedFields;
}
