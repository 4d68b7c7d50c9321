import { isTolerated } from '../../api/core/node/tolerations.ts';
import { normalise, type SchedulerPlugin, unresolvable } from '../plugin.ts';

/** NoSchedule and NoExecute taints refuse pods that do not tolerate them; PreferNoSchedule only weighs. */
export const taintToleration: SchedulerPlugin = {
  name: 'TaintToleration',
  filter: pod => node => {
    const taint = (node.node.spec?.taints ?? []).find(
      t => t.effect !== 'PreferNoSchedule' && !isTolerated(t, pod.tolerations),
    );
    // Which taints, upstream says no longer (v1.35): nodes with different ones are counted together.
    return taint && unresolvable('node(s) had untolerated taint(s)');
  },
  score: {
    weight: 3,
    nodes: (pod, feasible) => {
      const soft = pod.tolerations.filter(t => !t.effect || t.effect === 'PreferNoSchedule');
      const counts = feasible.map(
        node =>
          (node.node.spec?.taints ?? []).filter(t => t.effect === 'PreferNoSchedule' && !isTolerated(t, soft))
            .length,
      );
      return counts.some(c => c > 0) ? normalise(counts, true) : undefined;
    },
  },
  wakesOn: ['NodeAdded', 'NodeChanged', 'PodChanged'],
};
