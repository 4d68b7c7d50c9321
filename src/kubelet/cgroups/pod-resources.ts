/**
 * Requests and limits of a whole pod: regular containers and sidecars add up; an init container
 * runs alone beside the sidecars before it, so the largest such moment counts; overhead comes on
 * top; what is set for the pod itself (spec.resources) wins.
 */
import { podAmountsOf } from '../../api/core/pod-spec/aggregate.ts';
import type { ResourceRequirements } from '../../generated/core-v1.ts';
import type { NodePod } from '../pods/pod.ts';

type Field = 'requests' | 'limits';

/** Undefined when nothing is requested. */
export const podRequests = (pod: NodePod): Record<string, string> | undefined => aggregate(pod, 'requests');

/**
 * A resource without a limit in some container has none in the pod; `limits` holds only the
 * resources limited everywhere.
 */
export function podLimits(pod: NodePod): Record<string, string> | undefined {
  const limits = aggregate(pod, 'limits');
  if (!limits) return undefined;
  const everywhere = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const kept = Object.entries(limits).filter(
    ([name]) =>
      pod.spec.resources?.limits?.[name] !== undefined ||
      everywhere.every(c => c.resources?.limits?.[name] !== undefined),
  );
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

/** Requests and limits of the pod as a whole; undefined when it has none. */
export function podResources(pod: NodePod): ResourceRequirements | undefined {
  const requests = podRequests(pod);
  const limits = podLimits(pod);
  if (!requests && !limits) return undefined;
  return { ...(limits ? { limits } : {}), ...(requests ? { requests } : {}) };
}

function aggregate(pod: NodePod, field: Field): Record<string, string> | undefined {
  const total = podAmountsOf(pod.spec, field);
  return Object.keys(total).length > 0 ? total : undefined;
}
