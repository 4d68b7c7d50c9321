/** Who owns whom, by uid: every object that can be collected, and the dependents of every uid. */
import type { KubeObject } from '../../api/object.ts';
import type { ResourceKind } from '../controller.ts';

export interface GraphNode {
  readonly object: KubeObject;
  readonly kind: ResourceKind;
}

export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>();
  /** By the owner's uid, whether the owner is known or not. */
  readonly #dependents = new Map<string, Set<string>>();

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  dependentsOf(uid: string): readonly GraphNode[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap(dependent => this.#nodes.get(dependent) ?? []);
  }

  set(node: GraphNode): void {
    const uid = uidOf(node.object);
    this.#unlink(uid);
    this.#nodes.set(uid, node);
    for (const owner of ownerUids(node.object)) {
      const dependents = this.#dependents.get(owner);
      if (dependents) dependents.add(uid);
      else this.#dependents.set(owner, new Set([uid]));
    }
  }

  /** Its dependents stay, without it. */
  delete(uid: string): void {
    this.#unlink(uid);
    this.#nodes.delete(uid);
  }

  #unlink(uid: string): void {
    const node = this.#nodes.get(uid);
    if (!node) return;
    for (const owner of ownerUids(node.object)) {
      const dependents = this.#dependents.get(owner);
      dependents?.delete(uid);
      if (dependents?.size === 0) this.#dependents.delete(owner);
    }
  }
}

export const uidOf = (object: KubeObject): string => object.metadata.uid ?? '';

export const ownerUids = (object: KubeObject): readonly string[] =>
  (object.metadata.ownerReferences ?? []).map(owner => owner.uid);
