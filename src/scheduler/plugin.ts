/**
 * A scheduler plugin decides about one thing: whether a node can take a pod (filter), how good a
 * fit it is (score), or both. Plugins are pure. A new one is one file in plugins/ and one line in
 * profile.ts (docs/adding-a-scheduler-plugin.md).
 *
 * `filter` and `score` are called once a cycle and return what is asked of each node, so that work
 * which does not depend on the node is done once (upstream's PreFilter and PreScore).
 */
import type { Snapshot } from './cluster-state.ts';
import type { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';

export interface SchedulerPlugin {
  /** Upstream's name: NodeResourcesFit. */
  readonly name: string;
  /** Undefined: the plugin has nothing to say about this pod. A Rejection: no node will do. */
  readonly filter?: (pod: PodInfo, snapshot: Snapshot) => NodeFilter | Rejection | undefined;
  readonly score?: {
    /** Upstream's default weight of this plugin. */
    readonly weight: number;
    /** Undefined: all nodes are alike to it. The result has one number from 0 to 100 for each feasible node. */
    readonly nodes: (
      pod: PodInfo,
      feasible: readonly NodeInfo[],
      snapshot: Snapshot,
    ) => readonly number[] | undefined;
  };
  /** Changes that may help a pod this plugin refused. */
  readonly wakesOn: readonly ClusterChange[];
}

export type NodeFilter = (node: NodeInfo) => Rejection | undefined;

export interface Rejection {
  /** As people read them: "Insufficient cpu". */
  readonly reasons: readonly string[];
  /** Whether removing pods from the node could help (upstream: Unschedulable; otherwise …AndUnresolvable). */
  readonly resolvable: boolean;
  /** Said of the pod, not of a node, where no node can take it: shown instead of counted reasons. */
  readonly ofPod?: string;
}

export type ClusterChange =
  | 'NodeAdded'
  | 'NodeChanged'
  | 'PodAssigned'
  | 'PodGone'
  | 'PodChanged'
  | 'NamespaceChanged'
  | 'ClaimChanged';

export const unresolvable = (...reasons: string[]): Rejection => ({ reasons, resolvable: false });
export const resolvable = (...reasons: string[]): Rejection => ({ reasons, resolvable: true });

/** Stretches scores to 0–100 by their maximum; with `reverse`, the lowest is best. All zero stays equal. */
export function normalise(scores: readonly number[], reverse = false): readonly number[] {
  const max = Math.max(0, ...scores);
  if (max === 0) return scores.map(() => (reverse ? 100 : 0));
  return scores.map(s => {
    const scaled = Math.floor((s * 100) / max);
    return reverse ? 100 - scaled : scaled;
  });
}
