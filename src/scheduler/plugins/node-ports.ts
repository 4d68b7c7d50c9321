import { resolvable, type SchedulerPlugin } from '../plugin.ts';

/** Two pods cannot have the same host port on one node. */
export const nodePorts: SchedulerPlugin = {
  name: 'NodePorts',
  filter: pod => {
    if (pod.hostPorts.length === 0) return undefined;
    return node =>
      pod.hostPorts.some(port => node.usesPort(port))
        ? resolvable("node(s) didn't have free ports for the requested pod ports")
        : undefined;
  },
  wakesOn: ['NodeAdded', 'PodGone'],
};
