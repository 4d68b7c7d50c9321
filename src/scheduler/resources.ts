/**
 * Resource arithmetic of the scheduler. CPU is in millicores, memory and storage in bytes, other
 * resources in whole units; all safe integers, since a node's amounts stay far below 2^53.
 */
import { quantityMilliValue, quantityValue } from '../api/quantity.ts';
import type { Container, Pod } from '../generated/core-v1.ts';

export type Resources = ReadonlyMap<string, number>;

/** Reads a resource list ({cpu: '500m', memory: '1Gi'}). */
export function parseResources(list: Readonly<Record<string, string>> | undefined): Map<string, number> {
  const out = new Map<string, number>();
  for (const [name, quantity] of Object.entries(list ?? {})) {
    out.set(name, Number(name === 'cpu' ? quantityMilliValue(quantity) : quantityValue(quantity)));
  }
  return out;
}

/** Adds `sign` times `amounts` to `to`. */
export function accumulate(to: Map<string, number>, amounts: Resources, sign: 1 | -1 = 1): void {
  for (const [name, amount] of amounts) to.set(name, (to.get(name) ?? 0) + sign * amount);
}

function raise(to: Map<string, number>, amounts: Resources): void {
  for (const [name, amount] of amounts) to.set(name, Math.max(to.get(name) ?? 0, amount));
}

/**
 * What a container that lasts takes: the most of what it asks for, what the node has agreed to and what is
 * in force, as long as a resize between them is under way (KEP-1287). One the node can never do counts not.
 */
function lastingRequests({ status }: Pod, container: Container): Map<string, number> {
  const { containerStatuses = [], initContainerStatuses = [], conditions = [] } = status ?? {};
  const known = [...containerStatuses, ...initContainerStatuses].find(({ name }) => name === container.name);
  const isInfeasible = conditions.some(
    ({ type, reason }) => type === 'PodResizePending' && reason === 'Infeasible',
  );
  const inForce = parseResources(known?.resources?.requests);
  raise(inForce, parseResources(known?.allocatedResources));
  if (isInfeasible && known) return inForce;
  raise(inForce, parseResources(container.resources?.requests));
  return inForce;
}

/**
 * A pod's effective requests (KEP-753 sidecar containers, KEP-2837 pod-level resources): the sum of
 * containers and sidecars, or the largest init step with the sidecars started before it,
 * whichever is more; pod-level requests replace it; overhead is added.
 */
export function podRequests(pod: Pod): Map<string, number> {
  const total = new Map<string, number>();
  for (const c of pod.spec.containers) accumulate(total, lastingRequests(pod, c));
  const sidecars = new Map<string, number>();
  const largestInit = new Map<string, number>();
  for (const c of pod.spec.initContainers ?? []) {
    const isSidecar = c.restartPolicy === 'Always';
    const step = isSidecar ? lastingRequests(pod, c) : parseResources(c.resources?.requests);
    if (isSidecar) {
      accumulate(total, step);
      accumulate(sidecars, step);
      raise(largestInit, sidecars);
    } else {
      accumulate(step, sidecars);
      raise(largestInit, step);
    }
  }
  raise(total, largestInit);
  for (const [name, amount] of parseResources(pod.spec.resources?.requests)) total.set(name, amount);
  accumulate(total, parseResources(pod.spec.overhead));
  return total;
}
