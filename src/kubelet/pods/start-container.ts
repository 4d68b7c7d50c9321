/** Starts one container: image, configuration, create, start, postStart hook. */
import { dirname, join } from 'node:path';
import type { EphemeralContainer } from '../../generated/core-v1.ts';
import { containerConfig } from '../config/container-config.ts';
import { containerEnv } from '../config/env.ts';
import { StartFailure } from '../config/error.ts';
import type { PodSandboxConfig } from '../cri/contract.ts';
import { logDirectory } from '../directories.ts';
import { runHook } from '../lifecycle/hooks.ts';
import { containerLogFile } from '../lifecycle/termination-message.ts';
import { unlessAborted } from '../lifecycle/unless-aborted.ts';
import { containerMounts } from '../volumes/mounts.ts';
import { killPodContainer } from './kill-pod.ts';
import { downwardFacts, type Parts, podEvent, type WorkerParts } from './parts.ts';
import type { Start } from './plan.ts';
import { type NodePod, uidOf } from './pod.ts';
import { type ContainerRecord, isRunning, type SandboxRecord } from './runtime-state.ts';

export interface StartInput {
  readonly pod: NodePod;
  readonly start: Start;
  readonly sandbox: SandboxRecord;
  readonly sandboxConfig: PodSandboxConfig;
  readonly volumes: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
  /** Holds the id of a container that runs while its postStart hook does. */
  readonly inHook: Set<string>;
  /** The container runs, and its hook is through. */
  readonly onRunning: () => void;
}

/** @throws StartFailure with the reason the status shows. */
export async function startContainer(parts: WorkerParts, input: StartInput): Promise<void> {
  const { pod, start, sandbox, sandboxConfig, signal } = input;
  const { container } = start;
  const event = podEvent(parts, pod, container.name);
  try {
    const image = await parts.images.ensure({ pod, container, event, sandboxConfig, signal });
    if (signal.aborted) return;
    const restartCount = restartsBefore(pod, start);
    const podIPs = pod.spec.hostNetwork ? parts.node.ips : sandbox.ips;
    const facts = downwardFacts(parts, podIPs);
    const env = await containerEnv({ pod, container, sources: parts.sources, facts });
    const { os, dirs } = parts;
    const mountInput = { files: os.fs, dirs, pod, container, restartCount, volumes: input.volumes, env };
    const mounts = await containerMounts(mountInput);
    const config = containerConfig(pod, container, {
      ...targetOf(parts, input),
      restartCount,
      image,
      env,
      mounts,
      node: parts.node.capacity,
      seccompRoot: join(dirs.root, 'seccomp'),
    });
    const log = containerLogFile(logDirectory(dirs, pod), container.name, restartCount);
    await os.fs.mkdir(dirname(log), { recursive: true });
    if (signal.aborted) return;
    const id = await create(parts, sandbox.id, config, sandboxConfig);
    event('Normal', 'Created', 'Container created');
    await run(parts, input, id);
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof StartFailure)) throw error;
    // Of a hook its own event has told.
    if (error.reason !== 'PostStartHookError')
      event('Warning', 'Failed', `Error: ${isImageReason(error.reason) ? error.reason : error.message}`);
    throw error;
  } finally {
    if (!signal.aborted) void removeOlder(parts, pod, container.name);
  }
}

/** Whose processes an ephemeral container sees. @throws StartFailure when they do not run */
function targetOf(parts: Parts, { pod, start }: StartInput): { readonly targetId?: string } {
  const { targetContainerName = '' } = start.container as EphemeralContainer;
  if (start.type !== 'ephemeral' || targetContainerName === '') return {};
  const target = parts.cache.state(uidOf(pod)).containers.find(r => r.name === targetContainerName);
  if (target && isRunning(target)) return { targetId: target.status.id };
  throw new StartFailure(
    'CreateContainerConfigError',
    `unable to find target container "${targetContainerName}"`,
  );
}

/** The runtime may have lost what ran before (a new disk, say); the API remembers the number. */
function restartsBefore(pod: NodePod, { container, previous, type }: Start): number {
  if (previous) return previous.restartCount + 1;
  // Of one that runs once there is nothing to count.
  if (type === 'ephemeral') return 0;
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const statuses = type === 'init' ? initContainerStatuses : containerStatuses;
  const old = statuses.find(status => status.name === container.name);
  return old?.containerID ? old.restartCount + 1 : 0;
}

const IMAGE_REASONS = new Set(['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull', 'InvalidImageName']);
const isImageReason = (reason: string) => IMAGE_REASONS.has(reason);

async function create(
  parts: Parts,
  sandboxId: string,
  config: Parameters<Parts['runtime']['createContainer']>[1],
  sandboxConfig: PodSandboxConfig,
): Promise<string> {
  try {
    return await parts.runtime.createContainer(sandboxId, config, sandboxConfig);
  } catch (error) {
    throw new StartFailure('CreateContainerError', (error as Error).message, { cause: error });
  }
}

async function run(parts: WorkerParts, input: StartInput, id: string): Promise<void> {
  const { pod, start, sandbox, inHook } = input;
  const { container } = start;
  parts.cache.expectContainer(uidOf(pod), sandbox.id, id);
  if (container.lifecycle?.postStart) inHook.add(id);
  try {
    await parts.runtime.startContainer(id);
  } catch (error) {
    inHook.delete(id);
    // The runtime keeps what went wrong as the container's end (StartError).
    await parts.cache.refreshContainer(sandbox.id, id);
    throw new StartFailure('RunContainerError', (error as Error).message, { cause: error });
  }
  podEvent(parts, pod, container.name)('Normal', 'Started', 'Container started');
  try {
    const record = await parts.cache.refreshContainer(sandbox.id, id);
    if (record) await postStart(parts, input, record);
  } finally {
    inHook.delete(id);
  }
  input.onRunning();
}

/** The next container waits for the hook; a hook that fails ends its container. */
async function postStart(
  parts: WorkerParts,
  { pod, start, sandbox, signal }: StartInput,
  record: ContainerRecord,
): Promise<void> {
  const { container } = start;
  const handler = container.lifecycle?.postStart;
  if (!handler) return;
  const { runtime, clock, log } = parts;
  const podIP = (pod.spec.hostNetwork ? parts.node.ips : sandbox.ips)[0] ?? '';
  const containerId = record.status.id;
  try {
    const hook = { runtime, clock, handler, container, pod, containerId, podIP, signal };
    await unlessAborted(runHook(hook), signal);
  } catch (error) {
    if (signal.aborted) return;
    log.info('postStart hook failed', { container: container.name, error: String(error) });
    const event = podEvent(parts, pod, container.name);
    event('Warning', 'FailedPostStartHook', 'PostStartHook failed');
    const graceSeconds = pod.spec.terminationGracePeriodSeconds ?? 30;
    await killPodContainer(parts, pod, record, { graceSeconds, message: 'FailedPostStartHook' });
    const why = error instanceof Error ? error.message : String(error);
    throw new StartFailure('PostStartHookError', why, { cause: error });
  }
}

/** The one before the last is kept: for `kubectl logs --previous`, and for the status. */
async function removeOlder(parts: Parts, pod: NodePod, name: string): Promise<void> {
  const records = parts.cache.state(uidOf(pod)).containers.filter(r => r.name === name);
  for (const record of records.slice(2)) {
    if (record.status.state === 'running') continue;
    try {
      await parts.runtime.removeContainer(record.status.id);
      parts.cache.containerRemoved(record.status.id);
      const log = containerLogFile(logDirectory(parts.dirs, pod), name, record.restartCount);
      await parts.os.fs.rm(log, { force: true });
    } catch (error) {
      parts.log.warn('old container not removed', { containerId: record.status.id, error: String(error) });
    }
  }
}
