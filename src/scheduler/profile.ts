/**
 * The scheduling profile: the plugins in the order they are asked. Cheap filters that refuse most
 * stand first; the order decides nothing but speed and which reason a node is counted under.
 */
import type { SchedulerPlugin } from './plugin.ts';
import { balancedAllocation } from './plugins/balanced-allocation.ts';
import { imageLocality } from './plugins/image-locality.ts';
import { interPodAffinity } from './plugins/inter-pod-affinity.ts';
import { nodeAffinity } from './plugins/node-affinity.ts';
import { nodeName } from './plugins/node-name.ts';
import { nodePorts } from './plugins/node-ports.ts';
import { nodeResourcesFit } from './plugins/node-resources-fit.ts';
import { nodeUnschedulable } from './plugins/node-unschedulable.ts';
import { podTopologySpread } from './plugins/pod-topology-spread.ts';
import { schedulingGates } from './plugins/scheduling-gates.ts';
import { taintToleration } from './plugins/taint-toleration.ts';
import { volumeBinding } from './plugins/volume-binding.ts';

export const defaultProfile: readonly SchedulerPlugin[] = [
  schedulingGates, // the whole pod waits: nothing else needs asking
  volumeBinding, // so does a pod whose claims are not there
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
  podTopologySpread,
  interPodAffinity, // the dearest: looks at every pod
  balancedAllocation, // score only
  imageLocality, // score only
];
