/**
 * Requests and limits of a whole pod: regular containers and sidecars add up; an init container
 * runs alone beside the sidecars before it, so the largest such moment counts; overhead comes on
 * top; what is set for the pod itself (spec.resources) wins.
 */
import { addQuantities, compareQuantities, formatQuantity } from '../../api/quantity.ts';
import type { Container, ResourceRequirements } from '../../generated/core-v1.ts';
import { isSidecar, type NodePod } from '../pods/pod.ts';

type Resources = Readonly<Record<string, string>>;
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
  const of = (container: Container): Resources => container.resources?.[field] ?? {};
  const total: Record<string, string> = {};
  for (const container of pod.spec.containers) add(total, of(container));
  const sidecars: Record<string, string> = {};
  const initPeak: Record<string, string> = {};
  for (const container of pod.spec.initContainers ?? []) {
    if (isSidecar(container)) {
      add(sidecars, of(container));
      add(total, of(container));
      raise(initPeak, sidecars);
    } else {
      const moment = { ...sidecars };
      add(moment, of(container));
      raise(initPeak, moment);
    }
  }
  raise(total, initPeak);
  Object.assign(total, pod.spec.resources?.[field]);
  if (pod.spec.overhead && (field === 'requests' || Object.keys(total).length > 0))
    add(total, pod.spec.overhead);
  return Object.keys(total).length > 0 ? total : undefined;
}

function add(into: Record<string, string>, more: Resources): void {
  for (const [name, quantity] of Object.entries(more)) {
    const sum = into[name];
    into[name] = sum === undefined ? quantity : formatQuantity(addQuantities(sum, quantity));
  }
}

function raise(into: Record<string, string>, other: Resources): void {
  for (const [name, quantity] of Object.entries(other)) {
    const have = into[name];
    if (have === undefined || compareQuantities(quantity, have) > 0) into[name] = quantity;
  }
}
