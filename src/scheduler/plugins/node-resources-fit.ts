import type { NodeInfo } from '../node-info.ts';
import type { Rejection, SchedulerPlugin } from '../plugin.ts';
import type { PodInfo } from '../pod-info.ts';

/**
 * Requests must fit into what the node has left; among those that fit, the emptier one is better
 * (upstream's LeastAllocated over cpu and memory). A request beyond the node's whole allocatable
 * amount cannot be helped by removing pods.
 */
export const nodeResourcesFit: SchedulerPlugin = {
  name: 'NodeResourcesFit',
  filter: pod => node => lacking(pod, node),
  score: {
    weight: 1,
    nodes: (pod, feasible) =>
      feasible.map(node => {
        const shares = (['cpu', 'memory'] as const).flatMap(resource => {
          const capacity = node.allocatable.get(resource) ?? 0;
          if (capacity === 0) return [];
          const used =
            (node.requested.get(resource) ?? 0) + (pod.requests.get(resource) ?? DEFAULT_REQUEST[resource]);
          return [used > capacity ? 0 : ((capacity - used) * 100) / capacity];
        });
        return shares.length === 0 ? 0 : Math.floor(shares.reduce((a, b) => a + b, 0) / shares.length);
      }),
  },
  wakesOn: ['NodeAdded', 'NodeChanged', 'PodGone', 'PodChanged'],
};

/** What a pod without requests counts as when nodes are compared: 100 millicores, 200 MiB. */
const DEFAULT_REQUEST = { cpu: 100, memory: 200 * 1024 * 1024 } as const;

function lacking(pod: PodInfo, node: NodeInfo): Rejection | undefined {
  const reasons: string[] = [];
  let canHelp = true;
  if (node.pods.size + 1 > node.maxPods) reasons.push('Too many pods');
  for (const [resource, amount] of pod.requests) {
    if (amount === 0) continue;
    const capacity = node.allocatable.get(resource) ?? 0;
    if (amount > capacity - (node.requested.get(resource) ?? 0)) {
      reasons.push(`Insufficient ${resource}`);
      if (amount > capacity) canHelp = false;
    }
  }
  return reasons.length === 0 ? undefined : { reasons, resolvable: canHelp };
}
