import { type SchedulerPlugin, unresolvable } from '../plugin.ts';

/** A gated pod waits until its last gate is removed (KEP-3521); the queue does not even try it. */
export const schedulingGates: SchedulerPlugin = {
  name: 'SchedulingGates',
  filter: pod => {
    const gates = pod.pod.spec.schedulingGates ?? [];
    if (gates.length === 0) return undefined;
    return unresolvable(`waiting for scheduling gates: [${gates.map(g => g.name).join(' ')}]`);
  },
  wakesOn: ['PodChanged'],
};
