/**
 * Informers for every kind that can be listed, watched and deleted: what the garbage collector
 * and namespace deletion need to see. In one process this costs a map entry an object, since the
 * objects are the API server's own.
 *
 * Left out: Events, which own nothing and come in numbers, and kinds that are another form of
 * one already there (events.k8s.io, autoscaling/v1, further versions of a custom resource).
 */
import type { GroupVersionResource, KubeObject } from '../api/object.ts';
import type { Informer } from '../client/informer.ts';
import type { ControllerContext, ResourceKind } from './controller.ts';

const NEEDED_VERBS = ['list', 'watch', 'delete'] as const;

export const resourceOf = (kind: ResourceKind): GroupVersionResource => ({
  group: kind.group,
  version: kind.version,
  resource: kind.plural,
});

/** Whether the kind is one of those described above. */
export function isCollectable(kind: ResourceKind): boolean {
  if (kind.custom ? !kind.custom.main : kind.storage || kind.plural === 'events') return false;
  return NEEDED_VERBS.every(verb => kind.verbs === undefined || kind.verbs.includes(verb));
}

export class KindInformers {
  readonly #context: ControllerContext;
  readonly #attach: (informer: Informer<KubeObject>, kind: ResourceKind) => void;
  readonly #known = new Set<string>();

  /** `attach` is called once for each kind, now or when it appears. */
  constructor(
    context: ControllerContext,
    attach: (informer: Informer<KubeObject>, kind: ResourceKind) => void,
  ) {
    this.#context = context;
    this.#attach = attach;
    this.refresh();
  }

  /** Looks for kinds that have appeared (CustomResourceDefinitions). */
  refresh(): void {
    for (const kind of this.#context.kinds()) {
      const id = `${kind.plural}.${kind.version}.${kind.group}`;
      if (this.#known.has(id) || !isCollectable(kind)) continue;
      this.#known.add(id);
      this.#attach(this.#context.informer<KubeObject>(resourceOf(kind)), kind);
    }
  }
}
