/**
 * One node with the pods on it and what they take. Changed only by ClusterState (and by
 * preemption on a clone); plugins read.
 */
import type { Node } from '../generated/core-v1.ts';
import type { HostPort, PodInfo } from './pod-info.ts';
import { accumulate, parseResources, type Resources } from './resources.ts';

export class NodeInfo {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly allocatable: Resources;
  readonly maxPods: number;
  readonly requested = new Map<string, number>();
  readonly pods = new Map<string, PodInfo>();
  /** Pods with required anti-affinity: they may refuse a newcomer. */
  readonly antiAffine = new Map<string, PodInfo>();
  /** Pods with any affinity or anti-affinity: they may pull or push a newcomer. */
  readonly affine = new Map<string, PodInfo>();
  /** Image names (each tag and digest) to size in bytes. */
  readonly images: ReadonlyMap<string, number>;

  constructor(readonly node: Node) {
    this.name = node.metadata.name ?? '';
    // Upstream's node affinity and spreading see the labels the node object has, nothing added.
    this.labels = node.metadata.labels ?? {};
    this.allocatable = parseResources(node.status?.allocatable);
    this.maxPods = this.allocatable.get('pods') ?? 0;
    this.images = new Map(
      (node.status?.images ?? []).flatMap(i => (i.names ?? []).map(n => [n, i.sizeBytes ?? 0] as const)),
    );
  }

  add(pod: PodInfo): void {
    this.remove(pod.key);
    this.pods.set(pod.key, pod);
    accumulate(this.requested, pod.requests);
    if (pod.requiredAntiAffinity.length > 0) this.antiAffine.set(pod.key, pod);
    if (hasAffinity(pod)) this.affine.set(pod.key, pod);
  }

  remove(key: string): void {
    const pod = this.pods.get(key);
    if (!pod) return;
    this.pods.delete(key);
    this.antiAffine.delete(key);
    this.affine.delete(key);
    accumulate(this.requested, pod.requests, -1);
  }

  usesPort(wanted: HostPort): boolean {
    for (const pod of this.pods.values()) {
      for (const used of pod.hostPorts) if (conflicts(used, wanted)) return true;
    }
    return false;
  }

  /** The same pods on a newer node object, or on a copy to try things out with. */
  withNode(node: Node = this.node): NodeInfo {
    const copy = new NodeInfo(node);
    for (const pod of this.pods.values()) copy.add(pod);
    return copy;
  }
}

function hasAffinity(pod: PodInfo): boolean {
  return (
    pod.requiredAffinity.length +
      pod.requiredAntiAffinity.length +
      pod.preferredAffinity.length +
      pod.preferredAntiAffinity.length >
    0
  );
}

/** Two host ports clash on the same protocol and port when an address is shared or unspecified. */
function conflicts(a: HostPort, b: HostPort): boolean {
  return (
    a.port === b.port &&
    a.protocol === b.protocol &&
    (a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0')
  );
}
