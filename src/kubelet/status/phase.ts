/** The phase of a pod, from the statuses of its containers. Pure. */
import type { ContainerStatus } from '../../generated/core-v1.ts';
import { isSidecar, type NodePod } from '../pods/pod.ts';

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

/** `isTerminal`: nothing of the pod runs or will run again. */
export function podPhase(
  pod: NodePod,
  init: readonly ContainerStatus[],
  regular: readonly ContainerStatus[],
  isTerminal: boolean,
): Phase {
  const policy = pod.spec.restartPolicy ?? 'Always';
  const sidecars = new Set((pod.spec.initContainers ?? []).filter(isSidecar).map(c => c.name));
  let pendingInit = 0;
  let runningSidecars = 0;
  for (const status of init) {
    if (sidecars.has(status.name)) {
      if (status.state?.running) runningSidecars++;
      if (!hasStarted(status)) pendingInit++;
      continue;
    }
    const ended = status.state?.terminated ?? (status.state?.waiting && status.lastState?.terminated);
    if (!ended) pendingInit++;
    else if (ended.exitCode !== 0) {
      if (policy === 'Never') return 'Failed';
      pendingInit++;
    }
  }

  let [running, waiting, stopped, succeeded] = [0, 0, 0, 0];
  for (const { state, lastState } of regular) {
    if (state?.running) running++;
    else if (state?.terminated) {
      stopped++;
      if (state.terminated.exitCode === 0) succeeded++;
    } else if (lastState?.terminated) stopped++;
    else waiting++;
  }

  if (pendingInit > 0 && running + stopped === 0) return 'Pending';
  if (waiting > 0) return 'Pending';
  if (running > 0) return 'Running';
  if (stopped === 0) return 'Pending';
  const verdict = stopped === succeeded ? 'Succeeded' : 'Failed';
  if (isTerminal) return verdict;
  if (policy === 'Always' || runningSidecars > 0) return 'Running';
  if (verdict === 'Succeeded' || policy === 'Never') return verdict;
  return 'Running';
}

const hasStarted = (status: ContainerStatus) =>
  status.started === true ||
  status.state?.terminated !== undefined ||
  status.lastState?.terminated !== undefined;
