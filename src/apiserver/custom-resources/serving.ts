/**
 * Serves what CustomResourceDefinitions define. Stands in the watch cache's own events, so that the
 * kinds of a definition are in the registry by the time that its Established condition can be read.
 */
import { customKinds } from '../../api/custom/definition.ts';
import type { KindDefinition } from '../../api/kind.ts';
import type { CustomResourceDefinition } from '../../generated/apiextensions-v1.ts';
import type { CacheEvent } from '../cache/contract.ts';
import { sameJson } from '../operations/clone.ts';
import type { ResourceRegistry } from '../registry/registry.ts';

type Event = Pick<CacheEvent<CustomResourceDefinition>, 'type' | 'current'>;

interface Served {
  /** In the registry. */
  readonly kinds: readonly KindDefinition[];
  readonly spec: CustomResourceDefinition['spec'];
}

/** Keeps the registry in step with the definitions it is told of. Only established ones are served. */
export class CustomServing {
  /** By the definition's name. */
  private readonly served = new Map<string, Served>();

  constructor(private readonly registry: ResourceRegistry) {}

  onEvent({ type, current: { object } }: Event): void {
    if (type !== 'DELETED') return this.look(object);
    const kinds = this.withdraw(object.metadata.name ?? '')?.kinds ?? [];
    for (const kind of kinds) this.registry.redefined(kind);
  }

  /** A definition as it is now. Once established it stays served, whatever becomes of its names. */
  look(crd: CustomResourceDefinition): void {
    const conditions = crd.status?.conditions ?? [];
    if (!conditions.some(c => c.type === 'Established' && c.status === 'True')) return;
    const name = crd.metadata.name ?? '';
    const { served, storage } = customKinds(crd);
    const before = this.withdraw(name);
    for (const kind of served) this.registry.add(kind, [...served, storage]);
    this.served.set(name, { kinds: served, spec: crd.spec });
    // What goes on under the old definition ends; a definition with another status is no other one.
    if (before && !sameJson(before.spec, crd.spec))
      for (const kind of before.kinds) this.registry.redefined(kind);
  }

  private withdraw(name: string): Served | undefined {
    const before = this.served.get(name);
    for (const kind of before?.kinds ?? []) this.registry.remove(kind);
    this.served.delete(name);
    return before;
  }
}
