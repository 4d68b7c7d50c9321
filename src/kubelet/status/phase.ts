/** The phase of a pod, from the statuses of its containers. Pure. */
import type { ContainerStatus } from '../../generated/core-v1.ts';
import { isSidecar, type NodePod } from '../pods/pod.ts';
import { shouldRestart } from '../pods/restart.ts';

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

/** `isTerminal`: nothing of the pod runs or will run again. */
export function podPhase(
  pod: NodePod,
  init: readonly ContainerStatus[],
  regular: readonly ContainerStatus[],
  isTerminal: boolean,
): Phase {
  const specs = { init: pod.spec.initContainers ?? [], regular: pod.spec.containers };
  const restarts = (name: string, type: 'init' | 'regular', exitCode: number) =>
    shouldRestart(pod, specs[type].find(container => container.name === name) ?? { name }, type, exitCode);
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
      if (!restarts(status.name, 'init', ended.exitCode)) return 'Failed';
      pendingInit++;
    }
  }

  let [running, waiting, stopped, succeeded, restarting] = [0, 0, 0, 0, 0];
  for (const { name, state, lastState } of regular) {
    const ended = state?.terminated ?? lastState?.terminated;
    if (state?.running) running++;
    else if (ended) {
      stopped++;
      if (state?.terminated?.exitCode === 0) succeeded++;
      if (restarts(name, 'regular', ended.exitCode)) restarting++;
    } else waiting++;
  }

  if (pendingInit > 0 && running + stopped === 0) return 'Pending';
  if (waiting > 0) return 'Pending';
  if (running > 0) return 'Running';
  if (stopped === 0) return 'Pending';
  const verdict = stopped === succeeded ? 'Succeeded' : 'Failed';
  if (isTerminal) return verdict;
  return restarting > 0 || runningSidecars > 0 ? 'Running' : verdict;
}

const hasStarted = (status: ContainerStatus) =>
  status.started === true ||
  status.state?.terminated !== undefined ||
  status.lastState?.terminated !== undefined;
