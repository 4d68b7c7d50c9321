import { isTolerated } from '../../api/core/node/tolerations.ts';
import { UNSCHEDULABLE_TAINT } from '../../api/well-known.ts';
import { type SchedulerPlugin, unresolvable } from '../plugin.ts';

/** `kubectl cordon` keeps new pods away, unless they tolerate its taint (DaemonSet pods do). */
export const nodeUnschedulable: SchedulerPlugin = {
  name: 'NodeUnschedulable',
  filter: pod => {
    const taint = { key: UNSCHEDULABLE_TAINT, effect: 'NoSchedule' };
    const tolerated = isTolerated(taint, pod.tolerations);
    return node =>
      node.node.spec?.unschedulable && !tolerated ? unresolvable('node(s) were unschedulable') : undefined;
  },
  wakesOn: ['NodeAdded', 'NodeChanged'],
};
