/**
 * Preemption, pure: which pods of lower priority would have to go, and from which node, so that a
 * pod fits (upstream's DefaultPreemption). Among the nodes where it works, the one whose most
 * important victim matters least is taken, then the one with the fewest victims, then by name.
 * PodDisruptionBudgets are not weighed yet.
 */
import type { Snapshot } from './cluster-state.ts';
import { acceptingNodes, type Unschedulable } from './cycle.ts';
import type { NodeInfo } from './node-info.ts';
import type { SchedulerPlugin } from './plugin.ts';
import type { PodInfo } from './pod-info.ts';

export interface Preemption {
  readonly node: string;
  readonly victims: readonly PodInfo[];
}

/** Why the victims of a preemption are evicted: in their condition DisruptionTarget (KEP-3329). */
export const PREEMPTED = 'PreemptionByScheduler';

/**
 * Why the pod may have nobody evicted, in upstream's words; undefined: it may. One that had somebody
 * evicted a moment ago waits for them to go: otherwise every change of the cluster in between, upon
 * which it is tried again, would cost others their place.
 */
export function preemptionIneligibility(
  pod: PodInfo,
  snapshot: Snapshot,
  result: Unschedulable,
): string | undefined {
  const { spec, status } = pod.pod;
  if (spec.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
  const nominated = snapshot.nodes.find(({ name }) => name === status?.nominatedNodeName);
  // Where it can never run it waits for nobody.
  if (!nominated || !result.rejections.get(nominated.name)?.resolvable) return undefined;
  const waits = [...nominated.pods.values()].some(
    other => other.priority < pod.priority && isBeingPreempted(other),
  );
  return waits ? 'not eligible due to a terminating pod on the nominated node.' : undefined;
}

function isBeingPreempted({ pod, terminating }: PodInfo): boolean {
  const condition = pod.status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
  return terminating && condition?.status === 'True' && condition.reason === PREEMPTED;
}

/** Undefined: nobody's going would help. For pods that may have others evicted (preemptionIneligibility). */
export function findPreemption(
  pod: PodInfo,
  snapshot: Snapshot,
  result: Unschedulable,
  profile: readonly SchedulerPlugin[],
): Preemption | undefined {
  const candidates: Preemption[] = [];
  for (const node of snapshot.nodes) {
    if (!result.rejections.get(node.name)?.resolvable) continue;
    const victims = victimsOn(node, pod, snapshot, profile);
    if (victims) candidates.push({ node: node.name, victims });
  }
  return candidates.sort(byCost)[0];
}

/** Takes every less important pod away, then puts back the most important ones that still fit. */
function victimsOn(
  node: NodeInfo,
  pod: PodInfo,
  snapshot: Snapshot,
  profile: readonly SchedulerPlugin[],
): readonly PodInfo[] | undefined {
  const lower = [...node.pods.values()].filter(p => p.priority < pod.priority);
  if (lower.length === 0) return undefined;
  const trial = node.withNode();
  for (const p of lower) trial.remove(p.key);
  const fits = () => {
    const nodes = snapshot.nodes.map(n => (n === node ? trial : n));
    return acceptingNodes(pod, { ...snapshot, nodes }, profile).feasible.includes(trial);
  };
  if (!fits()) return undefined;
  const victims: PodInfo[] = [];
  for (const p of lower.sort(byImportance)) {
    trial.add(p);
    if (fits()) continue;
    trial.remove(p.key);
    victims.push(p);
  }
  return victims;
}

/** Higher priority first; among equals the one that has run longer. */
function byImportance(a: PodInfo, b: PodInfo): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  return (a.pod.status?.startTime ?? '').localeCompare(b.pod.status?.startTime ?? '');
}

function byCost(a: Preemption, b: Preemption): number {
  const worst = (p: Preemption) => Math.max(...p.victims.map(v => v.priority), Number.NEGATIVE_INFINITY);
  return worst(a) - worst(b) || a.victims.length - b.victims.length || (a.node < b.node ? -1 : 1);
}
