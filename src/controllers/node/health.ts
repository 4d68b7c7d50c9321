/**
 * Whether a node is alive: what its conditions become when it falls silent, and which taints its
 * conditions ask for. Pure.
 *
 * A node speaks through its Lease (every 10 s) and its status. How long it has been silent is
 * measured by our own clock from the last change we saw, so a node whose clock is wrong is not
 * taken for dead.
 */
import { NOT_READY_TAINT, UNREACHABLE_TAINT, UNSCHEDULABLE_TAINT } from '../../api/well-known.ts';
import { rfc3339 } from '../../base/clock.ts';
import type { Node, NodeCondition, Taint } from '../../generated/core-v1.ts';

/** What the kubelet reports and nobody knows once it is silent. */
const KUBELET_CONDITIONS = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

const PRESSURE_TAINTS: Readonly<Record<string, string>> = {
  MemoryPressure: 'node.kubernetes.io/memory-pressure',
  DiskPressure: 'node.kubernetes.io/disk-pressure',
  PIDPressure: 'node.kubernetes.io/pid-pressure',
  NetworkUnavailable: 'node.kubernetes.io/network-unavailable',
};
const OWNED_TAINTS = new Set([
  NOT_READY_TAINT,
  UNREACHABLE_TAINT,
  UNSCHEDULABLE_TAINT,
  ...Object.values(PRESSURE_TAINTS),
]);

export const nodeCondition = (node: Node, type: string): NodeCondition | undefined =>
  node.status?.conditions?.find(condition => condition.type === type);

export const isNodeReady = (node: Node): boolean => nodeCondition(node, 'Ready')?.status === 'True';

/** The conditions of a node that has been silent too long; undefined: they say so already. */
export function silentConditions(node: Node, nowMs: number): NodeCondition[] | undefined {
  const now = rfc3339(nowMs);
  const conditions = [...(node.status?.conditions ?? [])];
  let changed = false;
  for (const type of KUBELET_CONDITIONS) {
    const index = conditions.findIndex(condition => condition.type === type);
    const known = conditions[index];
    if (known?.status === 'Unknown') continue;
    changed = true;
    if (known) {
      conditions[index] = {
        ...known,
        status: 'Unknown',
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
        lastTransitionTime: now,
      };
    } else {
      conditions.push({
        type,
        status: 'Unknown',
        reason: 'NodeStatusNeverUpdated',
        message: 'Kubelet never posted node status.',
        lastHeartbeatTime: node.metadata.creationTimestamp,
        lastTransitionTime: now,
      });
    }
  }
  return changed ? conditions : undefined;
}

/** The node's taints as its conditions ask for; undefined: they are right. Others are left alone. */
export function wantedTaints(node: Node, nowMs: number): Taint[] | undefined {
  const current = node.spec.taints ?? [];
  const wanted = conditionTaints(node);
  const same = (a: Taint, b: Taint) => a.key === b.key && a.effect === b.effect;
  const kept = current.filter(taint => !isOwned(taint) || wanted.some(other => same(taint, other)));
  const added = wanted.filter(taint => !current.some(other => same(taint, other)));
  if (added.length === 0 && kept.length === current.length) return undefined;
  const timeAdded = rfc3339(nowMs);
  return [...kept, ...added.map(taint => ({ ...taint, timeAdded }))];
}

function conditionTaints(node: Node): readonly Taint[] {
  const taints: Taint[] = [];
  const ready = nodeCondition(node, 'Ready')?.status;
  const key = ready === 'False' ? NOT_READY_TAINT : ready === 'True' ? undefined : UNREACHABLE_TAINT;
  // A node that has not said anything yet takes no pods, but those that are there may stay.
  if (ready === undefined) taints.push({ key: NOT_READY_TAINT, effect: 'NoSchedule' });
  else if (key) taints.push({ key, effect: 'NoSchedule' }, { key, effect: 'NoExecute' });
  for (const [type, pressure] of Object.entries(PRESSURE_TAINTS)) {
    if (nodeCondition(node, type)?.status === 'True') taints.push({ key: pressure, effect: 'NoSchedule' });
  }
  if (node.spec.unschedulable) taints.push({ key: UNSCHEDULABLE_TAINT, effect: 'NoSchedule' });
  return taints;
}

function isOwned(taint: Taint): boolean {
  if (!OWNED_TAINTS.has(taint.key)) return false;
  const executes = taint.key === NOT_READY_TAINT || taint.key === UNREACHABLE_TAINT;
  return taint.effect === 'NoSchedule' || (executes && taint.effect === 'NoExecute');
}
