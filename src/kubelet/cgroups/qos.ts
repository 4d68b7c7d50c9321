/** The quality-of-service class of a pod, from its cpu and memory requests and limits. */
import { compareQuantities, quantityValue } from '../../api/quantity.ts';
import type { NodePod } from '../pods/pod.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const COUNTED = ['cpu', 'memory'] as const;

/**
 * Guaranteed: each container's CPU and memory limits are its requests. BestEffort: there are none of
 * either.
 */
export function qosClass(pod: NodePod): QosClass {
  const holders = pod.spec.resources
    ? [{ resources: pod.spec.resources }]
    : [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  let any = false;
  let guaranteed = true;
  for (const { resources } of holders) {
    for (const name of COUNTED) {
      const request = resources?.requests?.[name];
      const limit = resources?.limits?.[name];
      const isSet = (q: string | undefined): q is string => q !== undefined && quantityValue(q) > 0n;
      if (isSet(request) || isSet(limit)) any = true;
      if (!isSet(limit) || compareQuantities(request ?? limit, limit) !== 0) guaranteed = false;
    }
  }
  if (!any) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
