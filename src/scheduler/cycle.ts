/**
 * One scheduling cycle, pure: a pod, a snapshot and the profile in; a node, or why there is none,
 * out. Every node is looked at: at the sizes Peapod is for (up to a few thousand nodes) the result
 * is then the best node, and upstream's sampling of a part of the nodes would save little.
 */
import type { Random } from '../base/random.ts';
import type { Snapshot } from './cluster-state.ts';
import type { NodeInfo } from './node-info.ts';
import type { NodeFilter, Rejection, SchedulerPlugin } from './plugin.ts';
import type { PodInfo } from './pod-info.ts';

export type CycleResult = { readonly node: string } | Unschedulable;

export interface Unschedulable {
  /** By node name. Empty when there are no nodes. */
  readonly rejections: ReadonlyMap<string, Rejection>;
  /** The plugins that refused, whose wakesOn decide when to try again. */
  readonly refusedBy: ReadonlySet<SchedulerPlugin>;
}

/**
 * Where the pod goes, or why it cannot.
 * @param profile the plugins, in the order in which they refuse
 * @param random chooses between nodes of the same score
 */
export function schedulePod(
  pod: PodInfo,
  snapshot: Snapshot,
  profile: readonly SchedulerPlugin[],
  random: Random,
): CycleResult {
  const { feasible, ...refused } = acceptingNodes(pod, snapshot, profile);
  if (feasible.length === 0) return refused;
  return { node: best(pod, feasible, snapshot, profile, random).name };
}

/** The nodes every filter accepts, and why the others were refused. */
export function acceptingNodes(
  pod: PodInfo,
  snapshot: Snapshot,
  profile: readonly SchedulerPlugin[],
): Unschedulable & { readonly feasible: readonly NodeInfo[] } {
  const rejections = new Map<string, Rejection>();
  const refusedBy = new Set<SchedulerPlugin>();
  const feasible: NodeInfo[] = [];
  const filters: { plugin: SchedulerPlugin; accepts: NodeFilter }[] = [];
  for (const plugin of profile) {
    const answer = plugin.filter?.(pod, snapshot);
    if (typeof answer === 'function') {
      filters.push({ plugin, accepts: answer });
    } else if (answer) {
      for (const node of snapshot.nodes) rejections.set(node.name, answer);
      return { rejections, refusedBy: new Set([plugin]), feasible };
    }
  }
  for (const node of snapshot.nodes) {
    const refusal = firstRefusal(node, filters);
    if (refusal) {
      rejections.set(node.name, refusal.rejection);
      refusedBy.add(refusal.plugin);
    } else {
      feasible.push(node);
    }
  }
  return { rejections, refusedBy, feasible };
}

function firstRefusal(node: NodeInfo, filters: readonly { plugin: SchedulerPlugin; accepts: NodeFilter }[]) {
  for (const { plugin, accepts } of filters) {
    const rejection = accepts(node);
    if (rejection) return { plugin, rejection };
  }
  return undefined;
}

/** The node with the highest weighted score; among equals one at random, so that load spreads. */
function best(
  pod: PodInfo,
  feasible: readonly NodeInfo[],
  snapshot: Snapshot,
  profile: readonly SchedulerPlugin[],
  random: Random,
): NodeInfo {
  const [only] = feasible;
  if (only && feasible.length === 1) return only;
  const totals = new Float64Array(feasible.length);
  for (const { score } of profile) {
    const scores = score?.nodes(pod, feasible, snapshot);
    if (score && scores)
      for (let i = 0; i < totals.length; i++) totals[i] = (totals[i] ?? 0) + score.weight * (scores[i] ?? 0);
  }
  const highest = Math.max(...totals);
  const winners = feasible.filter((_, i) => totals[i] === highest);
  const winner = winners[Math.floor(random.next() * winners.length)];
  if (!winner) throw new Error('Cannot choose among no nodes');
  return winner;
}
