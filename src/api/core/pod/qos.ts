/** The quality-of-service class of a pod: upstream's v1 qos helper. */
import type { PodSpec, ResourceRequirements } from '../../../generated/core-v1.ts';
import { addQuantities, compareQuantities, formatQuantity } from '../../quantity.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const COMPUTE = ['cpu', 'memory'] as const;
type Totals = Map<string, string>;

export function qosClassOf(spec: PodSpec): QosClass {
  const requests: Totals = new Map();
  const limits: Totals = new Map();
  // Resources of the whole pod, where they are given, decide alone.
  const all: readonly (ResourceRequirements | undefined)[] = spec.resources
    ? [spec.resources]
    : [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(c => c.resources);
  let limited = true;
  for (const resources of all) {
    sum(requests, resources?.requests);
    const found = sum(limits, resources?.limits);
    if (found < COMPUTE.length) limited = false;
  }
  if (requests.size === 0 && limits.size === 0) return 'BestEffort';
  if (!limited || requests.size !== limits.size) return 'Burstable';
  for (const [name, request] of requests) {
    const limit = limits.get(name);
    if (limit === undefined || compareQuantities(limit, request) !== 0) return 'Burstable';
  }
  return 'Guaranteed';
}

/** Adds the positive amounts, and says of how many resources. */
function sum(totals: Totals, amounts: Readonly<Record<string, string>> | undefined): number {
  let found = 0;
  for (const name of COMPUTE) {
    const amount = amounts?.[name];
    if (amount === undefined || compareQuantities(amount, '0') <= 0) continue;
    found++;
    const before = totals.get(name);
    totals.set(name, before === undefined ? amount : formatQuantity(addQuantities(before, amount)));
  }
  return found;
}
