/**
 * Whether the node takes a pod that was bound to it: its sysctls are the node's to judge, and the
 * same resources count as for the scheduler, which a pod with spec.nodeName set by hand has not
 * passed. Pure.
 */
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantityMilliValue,
  quantityValue,
  subtractQuantities,
} from '../../api/quantity.ts';
import { podRequests } from '../cgroups/pod-resources.ts';
import { isTerminalPhase, type NodePod } from './pod.ts';
import { forbiddenSysctl } from './sysctls.ts';

export interface AdmissionInput {
  readonly pod: NodePod;
  /** Pods the node already has, this one left out. */
  readonly others: readonly NodePod[];
  readonly allocatable: Readonly<Record<string, string>>;
  readonly nodeLabels: Readonly<Record<string, string>>;
}

export interface Rejection {
  readonly reason: string;
  readonly message: string;
}

const REJECTED = 'Pod was rejected: ';

/** Undefined: welcome. */
export function admit({ pod, others, allocatable, nodeLabels }: AdmissionInput): Rejection | undefined {
  const sysctl = forbiddenSysctl(pod);
  if (sysctl) return { reason: 'SysctlForbidden', message: `${REJECTED}forbidden sysctl: ${sysctl}` };
  const active = others.filter(other => !isTerminalPhase(other.status?.phase));
  const maxPods = allocatable['pods'];
  if (maxPods !== undefined && BigInt(active.length + 1) > quantityValue(maxPods)) {
    return insufficient('pods', '1', String(active.length), maxPods);
  }
  for (const [name, wanted] of Object.entries(podRequests(pod) ?? {})) {
    if (quantityMilliValue(wanted) === 0n) continue;
    const capacity = allocatable[name] ?? '0';
    const used = active
      .map(other => podRequests(other)?.[name])
      .reduce((sum, q) => (q === undefined ? sum : addQuantities(sum, q)), parseQuantity('0'));
    if (compareQuantities(wanted, subtractQuantities(capacity, used)) > 0) {
      return insufficient(name, wanted, formatQuantity(used), capacity);
    }
  }
  for (const [key, value] of Object.entries(pod.spec.nodeSelector ?? {})) {
    if (nodeLabels[key] !== value) {
      return {
        reason: 'NodeAffinity',
        message: `${REJECTED}Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector`,
      };
    }
  }
  return undefined;
}

/** cpu is counted in thousandths, all else in units. */
function insufficient(name: string, requested: string, used: string, capacity: string): Rejection {
  const count = (quantity: string) =>
    name === 'cpu' ? quantityMilliValue(quantity) : quantityValue(quantity);
  return {
    reason: `OutOf${name}`,
    message: `${REJECTED}Node didn't have enough resource: ${name}, requested: ${count(requested)}, used: ${count(used)}, capacity: ${count(capacity)}`,
  };
}
