/**
 * Ends all containers of a pod: the regular ones together, and sidecars after them in reverse
 * order, each when those before it have ended (KEP-753). Hooks run at once, also those of sidecars, and
 * the grace period is one for all.
 */
import { type KillInput, killContainer } from '../lifecycle/kill-container.ts';
import { POD_GRACE_PERIOD } from './labels.ts';
import { type Parts, podEvent, type WorkerParts } from './parts.ts';
import { containerNamed, isSidecar, type NodePod, uidOf } from './pod.ts';
import { type ContainerRecord, isRunning } from './runtime-state.ts';

export interface KillPodInput {
  readonly pod: NodePod;
  readonly graceSeconds: number;
  /** Aborted when that has become less. */
  readonly hurry?: AbortSignal;
}

/** Resolves when all containers have ended. @throws when the kubelet ends */
export async function killPodContainers(
  parts: WorkerParts,
  { pod, graceSeconds, hurry }: KillPodInput,
): Promise<void> {
  const { cache } = parts;
  const running = cache.state(uidOf(pod)).containers.filter(record => isRunning(record));
  const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar).map(c => c.name);
  const isSide = (record: ContainerRecord) => sidecars.includes(record.name);
  const kill = (record: ContainerRecord, turn?: Promise<unknown>) =>
    killPodContainer(parts, pod, record, {
      graceSeconds,
      message: `Stopping container ${record.name}`,
      ...(turn ? { turn } : {}),
      ...(hurry ? { hurry } : {}),
    });
  let before: Promise<unknown> = Promise.all(
    running.filter(record => !isSide(record)).map(record => kill(record)),
  );
  for (const name of sidecars.reverse()) {
    const turn = before;
    const ending = running.filter(record => record.name === name).map(record => kill(record, turn));
    before = Promise.all([before, ...ending]);
  }
  await before;
}

/** Ends one container, and notes that it has ended. */
export async function killPodContainer(
  parts: WorkerParts,
  pod: NodePod,
  record: ContainerRecord,
  how: Pick<KillInput, 'graceSeconds' | 'message' | 'turn' | 'hurry'>,
): Promise<void> {
  const { runtime, clock, log, cache, probes, leaving } = parts;
  probes.ending(record.status.id);
  await killContainer({
    runtime,
    clock,
    log,
    record,
    pod,
    container: containerNamed(pod, record.name)?.container,
    podIP: podIPOf(parts, pod),
    event: podEvent(parts, pod, record.name),
    leaving,
    ...how,
  });
  probes.forget(record.status.id);
  await cache.refreshContainer(record.sandboxId, record.status.id);
}

/** Where probes and hooks reach the pod. */
export function podIPOf(parts: Parts, pod: NodePod): string {
  if (pod.spec.hostNetwork) return parts.node.ips[0] ?? '';
  return parts.cache.state(uidOf(pod)).sandboxes[0]?.ips[0] ?? '';
}

/** Stops the sandboxes: what still runs in them is killed and the address is given back. */
export async function stopSandboxes(parts: Parts, uid: string): Promise<void> {
  for (const sandbox of parts.cache.state(uid).sandboxes) {
    await parts.runtime.stopPodSandbox(sandbox.id);
    parts.cache.sandboxStopped(uid, sandbox.id);
  }
}

/** Stops the containers of a pod whose spec is gone, with the grace period they were made with. */
export async function stopOrphan(parts: Parts, uid: string): Promise<void> {
  const running = parts.cache.state(uid).containers.filter(isRunning);
  await Promise.all(
    running.map(({ status }) =>
      parts.runtime.stopContainer(status.id, Number(status.annotations[POD_GRACE_PERIOD] ?? 30)),
    ),
  );
}

/** Removes every trace of a pod from the runtime, and its logs. */
export async function removeFromRuntime(parts: Parts, uid: string, logDirectory: string): Promise<void> {
  const { containers, sandboxes } = parts.cache.state(uid);
  for (const { id, ready } of sandboxes) {
    if (ready) await parts.runtime.stopPodSandbox(id);
    // Takes the containers with it.
    await parts.runtime.removePodSandbox(id);
  }
  const homeless = containers.filter(({ sandboxId }) => !sandboxes.some(({ id }) => id === sandboxId));
  for (const { status } of homeless) await parts.runtime.removeContainer(status.id);
  parts.cache.forgetPod(uid);
  await parts.os.fs.rm(logDirectory, { recursive: true, force: true });
}
