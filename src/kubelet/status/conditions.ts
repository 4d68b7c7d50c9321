/** The conditions of a pod that the kubelet owns. Pure; times are filled in by merge.ts. */
import type { ContainerStatus, PodCondition } from '../../generated/core-v1.ts';
import { isSidecar, type NodePod } from '../pods/pod.ts';
import { type PodRuntimeState, readySandbox } from '../pods/runtime-state.ts';
import type { Phase } from './phase.ts';

export const KUBELET_CONDITIONS: readonly string[] = [
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
  'PodResizeInProgress',
  'PodResizePending',
];

interface Verdict {
  readonly status: 'True' | 'False';
  readonly reason?: string;
  readonly message?: string;
}

const TRUE: Verdict = { status: 'True' };

/** @param init,regular the statuses of the containers, as they go into the same status */
export function podConditions(
  pod: NodePod,
  runtime: PodRuntimeState,
  init: readonly ContainerStatus[],
  regular: readonly ContainerStatus[],
  phase: Phase,
): PodCondition[] {
  const ready = containersReady(pod, init, regular, phase);
  const entries: [string, Verdict][] = [
    ['PodReadyToStartContainers', readyToStart(pod, runtime)],
    ['Initialized', initialised(pod, init, regular, phase)],
    ['Ready', phase === 'Running' || phase === 'Pending' ? withGates(pod, ready) : ready],
    ['ContainersReady', ready],
    ['PodScheduled', TRUE],
  ];
  const generation = pod.metadata.generation;
  return entries.map(([type, verdict]) => ({
    type,
    ...(generation ? { observedGeneration: generation } : {}),
    ...verdict,
  }));
}

function readyToStart(pod: NodePod, runtime: PodRuntimeState): Verdict {
  const sandbox = readySandbox(runtime);
  const connected = sandbox && (pod.spec.hostNetwork || sandbox.ips.length > 0);
  return connected ? TRUE : { status: 'False' };
}

function initialised(
  pod: NodePod,
  init: readonly ContainerStatus[],
  regular: readonly ContainerStatus[],
  phase: Phase,
): Verdict {
  if (phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' };
  const sidecars = new Set((pod.spec.initContainers ?? []).filter(isSidecar).map(c => c.name));
  const started = regular.some(s => s.state?.running || s.state?.terminated || s.lastState?.terminated);
  const incomplete = init
    .filter(s => (sidecars.has(s.name) ? !s.started && !started : !s.ready && !started))
    .map(s => s.name);
  if (incomplete.length === 0) return TRUE;
  return {
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${incomplete.join(' ')}]`,
  };
}

function containersReady(
  pod: NodePod,
  init: readonly ContainerStatus[],
  regular: readonly ContainerStatus[],
  phase: Phase,
): Verdict {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const unready: string[] = [];
  for (const container of pod.spec.initContainers ?? []) {
    if (isSidecar(container) && !init.find(s => s.name === container.name)?.ready)
      unready.push(container.name);
  }
  for (const container of pod.spec.containers) {
    if (!regular.find(s => s.name === container.name)?.ready) unready.push(container.name);
  }
  if (unready.length === 0) return TRUE;
  return {
    status: 'False',
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${unready.join(' ')}]`,
  };
}

/** Readiness gates: conditions that somebody else sets (KEP-580). */
function withGates(pod: NodePod, ready: Verdict): Verdict {
  if (ready.status !== 'True') return ready;
  const problems: string[] = [];
  for (const { conditionType } of pod.spec.readinessGates ?? []) {
    const condition = pod.status?.conditions?.find(c => c.type === conditionType);
    if (!condition) {
      problems.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    } else if (condition.status !== 'True') {
      problems.push(
        `the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`,
      );
    }
  }
  if (problems.length === 0) return TRUE;
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: problems.join(', ') };
}
