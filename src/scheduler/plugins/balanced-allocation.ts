import type { SchedulerPlugin } from '../plugin.ts';

/** Prefers nodes whose cpu and memory would be used to the same degree, so that neither is stranded. */
export const balancedAllocation: SchedulerPlugin = {
  name: 'NodeResourcesBalancedAllocation',
  score: {
    weight: 1,
    nodes: (pod, feasible) => {
      // Upstream skips best-effort pods: they would be drawn to the nodes that are already uneven.
      if (!pod.requests.has('cpu') && !pod.requests.has('memory')) return undefined;
      return feasible.map(node => {
        const fractions = ['cpu', 'memory'].flatMap(resource => {
          const capacity = node.allocatable.get(resource) ?? 0;
          const used = (node.requested.get(resource) ?? 0) + (pod.requests.get(resource) ?? 0);
          return capacity === 0 ? [] : [Math.min(1, used / capacity)];
        });
        const [a = 0, b = a] = fractions;
        return Math.floor((1 - Math.abs(a - b) / 2) * 100);
      });
    },
  },
  wakesOn: [],
};
