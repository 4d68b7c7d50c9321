/** Requests and limits of a container as cgroup settings in CRI's form. Pure. */
import { quantityMilliValue, quantityValue } from '../../api/quantity.ts';
import type { Container } from '../../generated/core-v1.ts';
import type { LinuxContainerResources } from '../cri/contract.ts';
import type { NodePod } from '../pods/pod.ts';
import { qosClass } from './qos.ts';

/** CFS period in microseconds. */
const CPU_PERIOD_US = 100_000;
const MIN_QUOTA_US = 1_000;
const MIN_SHARES = 2;
const MAX_SHARES = 262_144;
const SHARES_PER_CPU = 1024;
/** Pods at or above this priority are the node's own (system-node-critical). */
const CRITICAL_PRIORITY = 2_000_000_000;

export interface NodeCapacity {
  readonly memoryBytes: number;
  readonly cgroupVersion: 1 | 2;
}

/** What the runtime writes into the container's cgroup; 0: no limit. */
export function containerResources(
  pod: NodePod,
  container: Container,
  node: NodeCapacity,
): LinuxContainerResources {
  const { requests = {}, limits = {} } = container.resources ?? {};
  const memory = limits['memory'];
  return {
    ...cpuResources(requests['cpu'], limits['cpu']),
    memoryLimitInBytes: memory ? Number(quantityValue(memory)) : 0,
    oomScoreAdj: oomScoreAdj(pod, container, node.memoryBytes),
    // One process killed for memory takes its container with it, as cgroup v1 users of
    // Kubernetes expect of a container's end.
    ...(node.cgroupVersion === 2 ? { unified: { 'memory.oom.group': '1' } } : {}),
  };
}

/**
 * @param request,limit quantities of CPU
 * @returns shares as cgroup v1 has them (the runtime converts), quota and period in microseconds
 */
export function cpuResources(
  request: string | undefined,
  limit: string | undefined,
): Pick<LinuxContainerResources, 'cpuShares' | 'cpuQuota' | 'cpuPeriod'> {
  const milli = (q: string | undefined) => (q === undefined ? 0 : Number(quantityMilliValue(q)));
  // A limit without a request asks for the limit.
  const wanted = request === undefined ? milli(limit) : milli(request);
  const shares = Math.floor((wanted * SHARES_PER_CPU) / 1000);
  const quota = limit === undefined || milli(limit) === 0 ? 0 : (milli(limit) * CPU_PERIOD_US) / 1000;
  return {
    cpuShares: Math.min(MAX_SHARES, Math.max(MIN_SHARES, shares)),
    cpuQuota: quota === 0 ? 0 : Math.max(MIN_QUOTA_US, Math.floor(quota)),
    cpuPeriod: CPU_PERIOD_US,
  };
}

/** The kernel kills what has the highest score first: BestEffort, then what uses more than it asked for. */
function oomScoreAdj(pod: NodePod, container: Container, memoryBytes: number): number {
  if ((pod.spec.priority ?? 0) >= CRITICAL_PRIORITY) return -997;
  switch (qosClass(pod)) {
    case 'Guaranteed':
      return -997;
    case 'BestEffort':
      return 1000;
    case 'Burstable': {
      const request = container.resources?.requests?.['memory'];
      const share = request ? Number(quantityValue(request)) / memoryBytes : 0;
      return Math.min(999, Math.max(3, 1000 - Math.floor(1000 * share)));
    }
  }
}
