import { type SchedulerPlugin, unresolvable } from '../plugin.ts';

/** A pod that names its node in spec.nodeName takes no other. */
export const nodeName: SchedulerPlugin = {
  name: 'NodeName',
  filter: pod => {
    const wanted = pod.pod.spec.nodeName;
    if (!wanted) return undefined;
    return node =>
      node.name === wanted ? undefined : unresolvable("node(s) didn't match the requested node name");
  },
  wakesOn: ['NodeAdded'],
};
