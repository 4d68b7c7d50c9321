/**
 * Which pods go first when there are too many (API reference, ReplicaSet, "Scaling down"):
 * pods without a node, then Pending before Running, not ready before ready, a lower
 * `controller.kubernetes.io/pod-deletion-cost`, nodes with more pods of the same owner family,
 * the more recently ready, more restarts, the more recently created. Times are compared in
 * powers of two of the age, so that pods of about the same age are equal; the uid decides then.
 */
import type { Pod } from '../../generated/core-v1.ts';
import { isActive, isReady, readySinceMs } from './pod-state.ts';

const COST_ANNOTATION = 'controller.kubernetes.io/pod-deletion-cost';
const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** The `count` pods to delete; `related` are the active pods of every ReplicaSet of the same owner. */
export function podsToDelete(
  pods: readonly Pod[],
  related: readonly Pod[],
  count: number,
  nowMs: number,
): readonly Pod[] {
  if (count >= pods.length) return pods;
  const perNode = new Map<string, number>();
  for (const pod of related) {
    if (!isActive(pod)) continue;
    const node = pod.spec.nodeName ?? '';
    perNode.set(node, (perNode.get(node) ?? 0) + 1);
  }
  const rank = (pod: Pod) => perNode.get(pod.spec.nodeName ?? '') ?? 0;
  return [...pods].sort((a, b) => compare(a, b, rank, nowMs)).slice(0, count);
}

function compare(a: Pod, b: Pod, rank: (pod: Pod) => number, nowMs: number): number {
  return (
    Number(Boolean(a.spec.nodeName)) - Number(Boolean(b.spec.nodeName)) ||
    phase(a) - phase(b) ||
    Number(isReady(a)) - Number(isReady(b)) ||
    cost(a) - cost(b) ||
    rank(b) - rank(a) ||
    (isReady(a) ? compareAges(readySinceMs(a), readySinceMs(b), nowMs) : 0) ||
    restarts(b) - restarts(a) ||
    compareAges(createdMs(a), createdMs(b), nowMs) ||
    (uid(a) < uid(b) ? -1 : Number(uid(a) > uid(b)))
  );
}

const phase = (pod: Pod) => PHASES[pod.status?.phase ?? ''] ?? 0;

/** What is no 32-bit integer is refused by the API server on write; older objects count as 0. */
function cost(pod: Pod): number {
  const value = pod.metadata.annotations?.[COST_ANNOTATION];
  return value !== undefined && /^-?\d+$/.test(value) ? Number(value) : 0;
}

function restarts(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map(status => status.restartCount));
}

const createdMs = (pod: Pod) => Date.parse(pod.metadata.creationTimestamp ?? '') || 0;
const uid = (pod: Pod) => pod.metadata.uid ?? '';

/** Younger first, by the power of two of the age. */
function compareAges(aMs = 0, bMs = 0, nowMs = 0): number {
  return magnitude(nowMs - aMs) - magnitude(nowMs - bMs);
}

const magnitude = (ageMs: number) => (ageMs <= 0 ? -1 : Math.floor(Math.log2(ageMs * 1e6)));
