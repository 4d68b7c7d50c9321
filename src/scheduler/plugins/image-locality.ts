import type { SchedulerPlugin } from '../plugin.ts';

const MIB = 1024 * 1024;
/** Below the first, images are quick to pull and do not count; above the second, more does not matter. */
const MIN_BYTES = 23 * MIB;
const MAX_BYTES_PER_CONTAINER = 1000 * MIB;

/** Prefers nodes that have the pod's images, weighed by size and by how many nodes have them. */
export const imageLocality: SchedulerPlugin = {
  name: 'ImageLocality',
  score: {
    weight: 1,
    nodes: (pod, feasible, snapshot) => {
      if (!feasible.some(node => node.images.size > 0)) return undefined;
      const names = pod.images.map(normalisedName);
      const spread = names.map(
        name => snapshot.nodes.filter(n => n.images.has(name)).length / Math.max(1, snapshot.nodes.length),
      );
      const max = MAX_BYTES_PER_CONTAINER * Math.max(1, names.length);
      return feasible.map(node => {
        const present = names.reduce(
          (sum, name, i) => sum + (node.images.get(name) ?? 0) * (spread[i] ?? 0),
          0,
        );
        const bounded = Math.min(Math.max(present, MIN_BYTES), max);
        return Math.floor((100 * (bounded - MIN_BYTES)) / (max - MIN_BYTES));
      });
    },
  },
  wakesOn: [],
};

/** Adds :latest where there is neither tag nor digest. */
function normalisedName(image: string): string {
  return /[:@][^/]*$/.test(image) ? image : `${image}:latest`;
}
