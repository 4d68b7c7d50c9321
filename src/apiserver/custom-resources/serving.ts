/**
 * Serves what CustomResourceDefinitions define. Stands in the watch cache's own events, so that the
 * kinds of a definition are in the registry by the time that its Established condition can be read.
 */
import { customKinds } from '../../api/custom/definition.ts';
import type { KindDefinition } from '../../api/kind.ts';
import type { CustomResourceDefinition } from '../../generated/apiextensions-v1.ts';
import type { CacheEvent } from '../cache/contract.ts';
import type { ResourceRegistry } from '../registry/registry.ts';

type Event = Pick<CacheEvent<CustomResourceDefinition>, 'type' | 'current'>;

/** Keeps the registry in step with the definitions it is told of. Only established ones are served. */
export class CustomServing {
  /** Kinds in the registry, by the definition's name. */
  private readonly served = new Map<string, readonly KindDefinition[]>();

  constructor(private readonly registry: ResourceRegistry) {}

  onEvent({ type, current: { object } }: Event): void {
    if (type === 'DELETED') this.withdraw(object.metadata.name ?? '');
    else this.look(object);
  }

  /** A definition as it is now. Once established it stays served, whatever becomes of its names. */
  look(crd: CustomResourceDefinition): void {
    const conditions = crd.status?.conditions ?? [];
    if (!conditions.some(c => c.type === 'Established' && c.status === 'True')) return;
    const name = crd.metadata.name ?? '';
    const { served, storage } = customKinds(crd);
    this.withdraw(name);
    for (const kind of served) this.registry.add(kind, [...served, storage]);
    this.served.set(name, served);
  }

  private withdraw(name: string): void {
    for (const kind of this.served.get(name) ?? []) this.registry.remove(kind);
    this.served.delete(name);
  }
}
