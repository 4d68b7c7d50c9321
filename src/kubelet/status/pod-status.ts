/**
 * The whole status of a pod as the kubelet sees it. Pure: the same facts give the same status,
 * so that it can be made after every change and written only when it differs.
 */
import type { PodStatus } from '../../generated/core-v1.ts';
import { podRequests, podResources } from '../cgroups/pod-resources.ts';
import { qosClass } from '../cgroups/qos.ts';
import { isTerminalPhase, type NodePod } from '../pods/pod.ts';
import type { PodRuntimeState } from '../pods/runtime-state.ts';
import { podConditions } from './conditions.ts';
import {
  type ContainerFacts,
  containerStatuses,
  terminateInitStatuses,
  terminateStatuses,
} from './container-status.ts';
import { type Phase, podPhase } from './phase.ts';

export interface StatusFacts extends ContainerFacts {
  readonly nodeIPs: readonly string[];
  /** RFC 3339: when the kubelet first took up the pod. */
  readonly startTime: string;
  /** The kubelet itself ended the pod: DeadlineExceeded, Evicted, OutOfcpu … */
  readonly verdict?: { readonly reason: string; readonly message: string };
  /** Nothing of the pod runs, and nothing will. */
  readonly terminated: boolean;
  /** A resize has begun and is not through. */
  readonly resizing?: boolean;
  /** A resize the node has no room for. */
  readonly resizePending?: { readonly reason: string; readonly message: string };
}

/**
 * The whole status, from what the runtime has of the pod. What others write into it is kept when it is
 * written (merge.ts).
 */
export function podStatus(pod: NodePod, runtime: PodRuntimeState, facts: StatusFacts): PodStatus {
  let init = containerStatuses(pod, runtime, facts, 'init');
  let regular = containerStatuses(pod, runtime, facts, 'regular');
  let ephemeral = containerStatuses(pod, runtime, facts, 'ephemeral');
  let phase: Phase = podPhase(pod, init, regular, facts.terminated);
  if (facts.verdict) phase = 'Failed';
  const conditions = podConditions(pod, runtime, init, regular, phase);
  const generation = pod.metadata.generation;
  const observed = generation ? { observedGeneration: generation } : {};
  if (facts.resizePending) {
    const { reason, message } = facts.resizePending;
    conditions.push({ type: 'PodResizePending', status: 'True', reason, message, ...observed });
  }
  if (facts.resizing) conditions.push({ type: 'PodResizeInProgress', status: 'True', ...observed });

  if (facts.terminated) {
    const initialised = conditions.some(c => c.type === 'Initialized' && c.status === 'True');
    init = terminateInitStatuses(init);
    if (initialised) {
      regular = terminateStatuses(regular);
      ephemeral = terminateStatuses(ephemeral);
    }
    if (!isTerminalPhase(phase)) {
      phase = 'Failed';
      for (const condition of conditions) {
        if (condition.type !== 'Ready' && condition.type !== 'ContainersReady') continue;
        condition.status = 'False';
        condition.reason = 'PodFailed';
        delete condition.message;
      }
    }
  } else if (isTerminalPhase(phase)) {
    // Whoever sees a terminal phase may rely on nothing of the pod running: until then the
    // conditions tell that it is ending, and the phase stays.
    phase = pod.status?.phase === 'Running' || hasRun(pod, runtime) ? 'Running' : 'Pending';
  }
  const verdict = facts.terminated ? facts.verdict : undefined;
  const ips = podIPs(pod, runtime, facts.nodeIPs);
  const requests = podRequests(pod);
  const resources = podResources(pod);
  return {
    phase,
    ...(pod.metadata.generation ? { observedGeneration: pod.metadata.generation } : {}),
    conditions,
    ...(verdict ? { reason: verdict.reason, message: verdict.message } : {}),
    ...(facts.nodeIPs[0] ? { hostIP: facts.nodeIPs[0], hostIPs: facts.nodeIPs.map(ip => ({ ip })) } : {}),
    ...(ips[0] ? { podIP: ips[0], podIPs: ips.map(ip => ({ ip })) } : {}),
    startTime: facts.startTime,
    ...(init.length > 0 ? { initContainerStatuses: init } : {}),
    containerStatuses: regular,
    ...(ephemeral.length > 0 ? { ephemeralContainerStatuses: ephemeral } : {}),
    qosClass: pod.status?.qosClass ?? qosClass(pod),
    ...(runtime.containers.length > 0 && requests ? { allocatedResources: requests } : {}),
    ...(runtime.containers.length > 0 && resources ? { resources } : {}),
  };
}

/** Whether a regular container has started; one that failed to start (StartError) has not. */
const hasRun = (pod: NodePod, runtime: PodRuntimeState): boolean =>
  runtime.containers.some(
    record => record.status.startedAtMs > 0 && pod.spec.containers.some(c => c.name === record.name),
  );

function podIPs(pod: NodePod, runtime: PodRuntimeState, nodeIPs: readonly string[]): readonly string[] {
  if (pod.spec.hostNetwork) return nodeIPs;
  const known = runtime.sandboxes.find(sandbox => sandbox.ips.length > 0)?.ips;
  return known ?? pod.status?.podIPs?.map(p => p.ip) ?? [];
}
