/**
 * The scheduler's picture of the cluster: nodes and the pods on them, including pods that have
 * been given a node here but whose binding the watch has not confirmed yet (assumed pods). Without
 * those, two pods in a row would both be given the last free place.
 *
 * An assumed pod is replaced when its bound object arrives, and dropped by `forget` when the
 * binding failed or the pod is gone; there is no time-out, as the informer tells of both.
 */
import { objectKey } from '../api/object.ts';
import type { Namespace, Node, PersistentVolumeClaim, Pod } from '../generated/core-v1.ts';
import { NodeInfo } from './node-info.ts';
import { type PodInfo, podInfo } from './pod-info.ts';

/** What plugins may look at. */
export interface Snapshot {
  /** By name, so that a cycle's result depends on the state alone. */
  readonly nodes: readonly NodeInfo[];
  readonly namespaceLabels: (namespace: string) => Readonly<Record<string, string>>;
  readonly claim: (namespace: string, name: string) => PersistentVolumeClaim | undefined;
}

export class ClusterState {
  readonly #nodes = new Map<string, NodeInfo>();
  /** Pods whose node is not known (yet), by node name. */
  readonly #homeless = new Map<string, Map<string, PodInfo>>();
  readonly #place = new Map<string, string>();
  readonly #assumed = new Set<string>();
  readonly #namespaces = new Map<string, Readonly<Record<string, string>>>();
  readonly #claims = new Map<string, PersistentVolumeClaim>();
  #snapshot: Snapshot | undefined;

  setNode(node: Node): void {
    const name = node.metadata.name ?? '';
    const before = this.#nodes.get(name);
    const info = before ? before.withNode(node) : new NodeInfo(node);
    for (const pod of this.#homeless.get(name)?.values() ?? []) info.add(pod);
    this.#homeless.delete(name);
    this.#nodes.set(name, info);
    this.#snapshot = undefined;
  }

  deleteNode(name: string): void {
    const info = this.#nodes.get(name);
    if (!info) return;
    if (info.pods.size > 0) this.#homeless.set(name, new Map(info.pods));
    this.#nodes.delete(name);
    this.#snapshot = undefined;
  }

  /** A pod that has a node and has not ended. */
  setPod(pod: Pod): void {
    const info = podInfo(pod);
    this.#drop(info.key);
    this.#assumed.delete(info.key);
    this.#put(info, pod.spec.nodeName ?? '');
  }

  deletePod(key: string): void {
    this.#drop(key);
    this.#assumed.delete(key);
  }

  assume(pod: PodInfo, nodeName: string): void {
    this.#drop(pod.key);
    this.#assumed.add(pod.key);
    this.#put(pod, nodeName);
  }

  isAssumed(key: string): boolean {
    return this.#assumed.has(key);
  }

  forget(key: string): void {
    if (this.#assumed.delete(key)) this.#drop(key);
  }

  setNamespace(namespace: Namespace): void {
    this.#namespaces.set(namespace.metadata.name ?? '', namespace.metadata.labels ?? {});
  }

  deleteNamespace(name: string): void {
    this.#namespaces.delete(name);
  }

  setClaim(claim: PersistentVolumeClaim): void {
    this.#claims.set(objectKey(claim), claim);
  }

  deleteClaim(claim: PersistentVolumeClaim): void {
    this.#claims.delete(objectKey(claim));
  }

  snapshot(): Snapshot {
    this.#snapshot ??= {
      nodes: [...this.#nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
      namespaceLabels: namespace => this.#namespaces.get(namespace) ?? {},
      claim: (namespace, name) => this.#claims.get(`${namespace}/${name}`),
    };
    return this.#snapshot;
  }

  #put(pod: PodInfo, nodeName: string): void {
    this.#place.set(pod.key, nodeName);
    const node = this.#nodes.get(nodeName);
    if (node) return node.add(pod);
    let waiting = this.#homeless.get(nodeName);
    if (!waiting) this.#homeless.set(nodeName, (waiting = new Map()));
    waiting.set(pod.key, pod);
  }

  #drop(key: string): void {
    const nodeName = this.#place.get(key);
    if (nodeName === undefined) return;
    this.#place.delete(key);
    this.#nodes.get(nodeName)?.remove(key);
    this.#homeless.get(nodeName)?.delete(key);
  }
}
