/**
 * The status of each container, from the runtime's records, the spec, and the reasons why one
 * waits. Pure.
 */
import { rfc3339 } from '../../base/clock.ts';
import type {
  Container,
  ContainerState,
  ContainerStatus,
  ResourceRequirements,
  VolumeMountStatus,
} from '../../generated/core-v1.ts';
import { type ContainerType, isSidecar, type NodePod } from '../pods/pod.ts';
import { shouldRestart } from '../pods/restart.ts';
import { type ContainerRecord, hasExited, type PodRuntimeState } from '../pods/runtime-state.ts';

/** Why a container could not be started: ErrImagePull, CrashLoopBackOff, … */
export interface WaitingReason {
  readonly reason: string;
  readonly message: string;
}

export interface ContainerFacts {
  /** By container name. */
  readonly waiting: ReadonlyMap<string, WaitingReason>;
  /** Readiness and startup as the probes have it, by container id; true without such a probe. */
  readonly isReady: (containerId: string) => boolean;
  readonly isStarted: (containerId: string) => boolean;
  /** What is in force for a running container; absent: what its spec says. */
  readonly resources?: (containerId: string) => ResourceRequirements | undefined;
}

const UNKNOWN_REASON = 'ContainerStatusUnknown';

/** Of the containers of one type; one that has never run is waiting. */
export function containerStatuses(
  pod: NodePod,
  runtime: PodRuntimeState,
  facts: ContainerFacts,
  type: ContainerType,
): ContainerStatus[] {
  const { containers: regular, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const containers = { init: initContainers, regular, ephemeral: ephemeralContainers }[type];
  const statuses = containers.map(container => containerStatus(pod, runtime, facts, container, type));
  // Upstream gives init containers as they run, the others by name.
  return type === 'init'
    ? statuses
    : statuses.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function containerStatus(
  pod: NodePod,
  runtime: PodRuntimeState,
  facts: ContainerFacts,
  container: Container,
  type: ContainerType,
): ContainerStatus {
  const records = runtime.containers.filter(record => record.name === container.name);
  const [record, before] = records;
  const status = record
    ? fromRecord(pod, container, record, before, facts)
    : fromNothing(pod, container, type, facts.waiting.get(container.name));

  const reason = facts.waiting.get(container.name);
  if (record && reason && hasExited(record) && shouldRestart(pod, container, type, record.status.exitCode)) {
    status.lastState = status.state;
    status.state = { waiting: { ...(reason.message && { message: reason.message }), reason: reason.reason } };
  }
  if (type === 'ephemeral') {
    // Nobody waits for it: it is never ready, and "started" is not said of it.
    delete status.started;
    return status;
  }
  const running = status.state?.running !== undefined && record !== undefined;
  status.started = running && facts.isStarted(record.status.id);
  if (type === 'init' && !isSidecar(container)) status.ready = status.state?.terminated?.exitCode === 0;
  else status.ready = running && status.started && facts.isReady(record.status.id);
  return status;
}

function fromRecord(
  pod: NodePod,
  container: Container,
  record: ContainerRecord,
  before: ContainerRecord | undefined,
  facts: ContainerFacts,
): ContainerStatus {
  const requests = container.resources?.requests;
  return {
    name: container.name,
    containerID: idOf(record),
    image: record.status.image,
    imageID: record.imageId,
    restartCount: record.restartCount,
    ready: false,
    started: false,
    state: stateOf(record),
    lastState: before && hasExited(before) ? stateOf(before) : lastFromApi(pod, container, record),
    ...(requests && Object.keys(requests).length > 0 ? { allocatedResources: requests } : {}),
    resources: facts.resources?.(record.status.id) ?? container.resources ?? {},
    ...mounts(container),
  };
}

/** The record of the container before this one may be gone; the API then remembers it. */
function lastFromApi(pod: NodePod, container: Container, record: ContainerRecord): ContainerState {
  const old = oldStatus(pod, container.name);
  return old?.lastState?.terminated && old.containerID === idOf(record) ? old.lastState : {};
}

function fromNothing(
  pod: NodePod,
  container: Container,
  type: ContainerType,
  reason: WaitingReason | undefined,
): ContainerStatus {
  const hasInit = (pod.spec.initContainers?.length ?? 0) > 0;
  const initial =
    type === 'init' || (type === 'regular' && hasInit) ? 'PodInitializing' : 'ContainerCreating';
  const status: ContainerStatus = {
    name: container.name,
    image: container.image ?? '',
    imageID: '',
    restartCount: 0,
    ready: false,
    started: false,
    state: {
      waiting: reason
        ? { ...(reason.message && { message: reason.message }), reason: reason.reason }
        : { reason: initial },
    },
    lastState: {},
    ...mounts(container),
  };
  const old = oldStatus(pod, container.name);
  if (!old) return status;
  status.restartCount = old.restartCount;
  status.lastState = old.lastState ?? {};
  if (old.state?.terminated) {
    status.state = old.state;
    status.image = old.image;
    status.imageID = old.imageID;
    if (old.containerID) status.containerID = old.containerID;
  } else if (old.state?.running) {
    // It ran, and no trace of it is left: the machine was restarted, or somebody removed it.
    const message =
      'The container could not be located when the pod was deleted.  The container used to be Running';
    status.lastState = { terminated: { reason: UNKNOWN_REASON, message, exitCode: 137 } };
    status.restartCount = old.restartCount + 1;
  }
  return status;
}

const oldStatus = (pod: NodePod, name: string) =>
  [
    ...(pod.status?.containerStatuses ?? []),
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.ephemeralContainerStatuses ?? []),
  ].find(status => status.name === name);

const idOf = (record: ContainerRecord) => `containerd://${record.status.id}`;

function stateOf(record: ContainerRecord): ContainerState {
  const { status } = record;
  switch (status.state) {
    case 'running':
      return { running: { startedAt: rfc3339(status.startedAtMs) } };
    case 'created':
      return { waiting: { reason: 'ContainerCreating' } };
    case 'exited':
    case 'unknown': {
      const message = record.terminationMessage || status.message;
      return {
        terminated: {
          containerID: idOf(record),
          exitCode: status.exitCode,
          // A container that never started has the epoch here, as upstream.
          finishedAt: rfc3339(status.finishedAtMs),
          ...(message ? { message } : {}),
          reason: status.reason || UNKNOWN_REASON,
          startedAt: rfc3339(status.startedAtMs),
        },
      };
    }
  }
}

function mounts(container: Container): { volumeMounts?: VolumeMountStatus[] } {
  const list = container.volumeMounts ?? [];
  if (list.length === 0) return {};
  return {
    volumeMounts: list.map(mount => ({
      name: mount.name,
      mountPath: mount.mountPath,
      ...(mount.readOnly ? { readOnly: true, recursiveReadOnly: mount.recursiveReadOnly ?? 'Disabled' } : {}),
    })),
  };
}

/** Of the init containers, those up to the last one that was tried; the first always counts as tried. */
export function terminateInitStatuses(statuses: readonly ContainerStatus[]): ContainerStatus[] {
  const wasTried = ({ state, lastState }: ContainerStatus) => !state?.waiting || lastState?.terminated;
  const tried = Math.max(1, statuses.findLastIndex(wasTried) + 1);
  return [...terminateStatuses(statuses.slice(0, tried)), ...statuses.slice(tried)];
}

/** For a pod that has ended: what was not seen to end has ended somehow. */
export function terminateStatuses(statuses: readonly ContainerStatus[]): ContainerStatus[] {
  const message = 'The container could not be located when the pod was terminated';
  return statuses.map(status =>
    status.state?.terminated
      ? status
      : {
          ...status,
          ready: false,
          started: false,
          state: { terminated: { reason: UNKNOWN_REASON, message, exitCode: 137 } },
        },
  );
}
