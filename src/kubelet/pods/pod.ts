/** Small facts about pods that every part of the kubelet asks for. */
import type { Container, Pod, PodSpec } from '../../generated/core-v1.ts';

/** A pod of this node: bound and stored, so that name, namespace, uid and spec are there. */
export interface NodePod extends Pod {
  readonly spec: PodSpec;
}

export const uidOf = (pod: Pod): string => pod.metadata.uid ?? '';
export const namespaceOf = (pod: Pod): string => pod.metadata.namespace ?? '';
export const nameOf = (pod: Pod): string => pod.metadata.name ?? '';

/** name_namespace(uid), as messages name a pod. */
export const formatPod = (pod: Pod): string => `${nameOf(pod)}_${namespaceOf(pod)}(${uidOf(pod)})`;

export const isTerminalPhase = (phase: string | undefined): boolean =>
  phase === 'Succeeded' || phase === 'Failed';

/** An init container that runs on beside the containers (KEP-753). */
export const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always';

/** Ephemeral: added to a running pod to look into it; run once, and the pod's life does not depend on it. */
export type ContainerType = 'init' | 'regular' | 'ephemeral';

/** Init containers in order, then the containers in order, then those that were added later. */
function allContainers(pod: NodePod): readonly { container: Container; type: ContainerType }[] {
  return [
    ...(pod.spec.initContainers ?? []).map(container => ({ container, type: 'init' as const })),
    ...pod.spec.containers.map(container => ({ container, type: 'regular' as const })),
    ...(pod.spec.ephemeralContainers ?? []).map(container => ({ container, type: 'ephemeral' as const })),
  ];
}

export function containerNamed(
  pod: NodePod,
  name: string,
): { container: Container; type: ContainerType } | undefined {
  return allContainers(pod).find(entry => entry.container.name === name);
}

const LISTS = { init: 'initContainers', regular: 'containers', ephemeral: 'ephemeralContainers' } as const;

/** spec.containers{name}: where in the pod an event happened. */
export function fieldPathOf(pod: NodePod, name: string): string {
  const type = containerNamed(pod, name)?.type ?? 'regular';
  return `spec.${LISTS[type]}{${name}}`;
}

/** What the kubelet acts on: a change of anything else (status, resourceVersion) is not news. */
export function isSameInput(a: Pod, b: Pod): boolean {
  const [m, n] = [a.metadata, b.metadata];
  if (m.deletionTimestamp !== n.deletionTimestamp) return false;
  if (m.deletionGracePeriodSeconds !== n.deletionGracePeriodSeconds) return false;
  if (a.spec !== b.spec && JSON.stringify(a.spec) !== JSON.stringify(b.spec)) return false;
  const same = (x: object | undefined, y: object | undefined) =>
    x === y || JSON.stringify(x ?? {}) === JSON.stringify(y ?? {});
  return same(m.labels, n.labels) && same(m.annotations, n.annotations);
}

/** Conditions outside controllers set, which readiness gates wait for. */
export function gatesChanged(a: Pod, b: NodePod): boolean {
  const gates = b.spec.readinessGates ?? [];
  const statusOf = (pod: Pod, type: string) => pod.status?.conditions?.find(c => c.type === type)?.status;
  return gates.some(gate => statusOf(a, gate.conditionType) !== statusOf(b, gate.conditionType));
}
