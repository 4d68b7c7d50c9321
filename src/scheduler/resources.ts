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
 * A pod's effective requests (KEP-753 sidecar containers, KEP-2837 pod-level resources): the sum of
 * containers and sidecars, or the largest init step with the sidecars started before it,
 * whichever is more; pod-level requests replace it; overhead is added.
 */
export function podRequests(pod: Pod): Map<string, number> {
  const requests = (c: Container) => parseResources(c.resources?.requests);
  const total = new Map<string, number>();
  for (const c of pod.spec.containers) accumulate(total, requests(c));
  const sidecars = new Map<string, number>();
  const largestInit = new Map<string, number>();
  for (const c of pod.spec.initContainers ?? []) {
    const step = requests(c);
    if (c.restartPolicy === 'Always') {
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
