import { tolerates } from '../match.ts';
import { type SchedulerPlugin, unresolvable } from '../plugin.ts';

/** `kubectl cordon` keeps new pods away, unless they tolerate its taint (DaemonSet pods do). */
export const nodeUnschedulable: SchedulerPlugin = {
  name: 'NodeUnschedulable',
  filter: pod => {
    const tolerated = tolerates(pod.tolerations, {
      key: 'node.kubernetes.io/unschedulable',
      effect: 'NoSchedule',
    });
    return node =>
      node.node.spec?.unschedulable && !tolerated ? unresolvable('node(s) were unschedulable') : undefined;
  },
  wakesOn: ['NodeAdded', 'NodeChanged'],
};
