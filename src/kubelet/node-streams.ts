/** Logs, exec, attach and port-forward of the pods of this node (wire/streams/contract.ts). */
import { badRequest, notFound, StatusError } from '../api/status-error.ts';
import type { Clock } from '../base/clock.ts';
import type { ContainerTarget, NodeStreams } from '../wire/streams/contract.ts';
import { type ContainerRuntime, RuntimeError } from './cri/contract.ts';
import { type Directories, logDirectory } from './directories.ts';
import { containerLogFile } from './lifecycle/termination-message.ts';
import { readLog } from './logs/read-log.ts';
import type { OperatingSystem } from './os.ts';
import { containerNamed, type NodePod, nameOf } from './pods/pod.ts';
import type { RuntimeCache } from './pods/runtime-cache.ts';
import { type ContainerRecord, isRunning, readySandbox } from './pods/runtime-state.ts';
import { openPortForward } from './streams/port-forward.ts';
import { openRemoteCommand } from './streams/remote-command.ts';

export interface NodeStreamsOptions {
  readonly runtime: ContainerRuntime;
  readonly cache: RuntimeCache;
  readonly pod: (uid: string) => NodePod | undefined;
  readonly os: OperatingSystem;
  readonly dirs: Directories;
  readonly clock: Clock;
  /** Calls back when the state of the pod has changed; returns the function that ends it. */
  readonly onChange: (uid: string, listener: () => void) => () => void;
}

const PODS = { group: '', resource: 'pods' };

export function createNodeStreams(options: NodeStreamsOptions): NodeStreams {
  const { runtime, cache, os, dirs, clock } = options;

  const podOf = (target: Pick<ContainerTarget, 'uid' | 'pod'>): NodePod => {
    const pod = options.pod(target.uid);
    if (!pod) throw notFound(PODS, target.pod);
    return pod;
  };
  const recordsOf = (target: ContainerTarget): readonly ContainerRecord[] => {
    const pod = podOf(target);
    if (!containerNamed(pod, target.container)) {
      throw badRequest(`container ${target.container} is not valid for pod ${nameOf(pod)}`);
    }
    return cache.state(target.uid).containers.filter(record => record.name === target.container);
  };
  const runningId = (target: ContainerTarget): string => {
    const [record] = recordsOf(target);
    if (isRunning(record)) return record.status.id;
    if (!record) {
      throw badRequest(`container ${target.container} not found in pod ${target.pod}_${target.namespace}`);
    }
    const message = `container not found ("${target.container}")`;
    throw new StatusError({ reason: 'InternalError', message });
  };

  return {
    async logs(target, logOptions, signal) {
      const [latest, previous] = recordsOf(target);
      const record = logOptions.previous ? previous : latest;
      if (!record || record.status.state === 'created')
        throw noLog(podOf(target), target, logOptions.previous);
      const { id } = record.status;
      const find = () => cache.state(target.uid).containers.find(c => c.status.id === id);
      const path = containerLogFile(logDirectory(dirs, podOf(target)), target.container, record.restartCount);
      return readLog({
        files: os.fs,
        clock,
        path,
        options: logOptions,
        signal,
        isRunning: () => isRunning(find()),
        onEnd: listener => options.onChange(target.uid, listener),
      });
    },
    async exec(target, command, stdio) {
      const url = await asStatus(runtime.exec(runningId(target), command, stdio));
      return asStatus(openRemoteCommand(url, stdio));
    },
    async attach(target, stdio) {
      const url = await asStatus(runtime.attach(runningId(target), stdio));
      return asStatus(openRemoteCommand(url, stdio));
    },
    async portForward(target, port) {
      podOf(target);
      const sandbox = readySandbox(cache.state(target.uid));
      if (!sandbox) throw badRequest(`pod ${target.pod} has no sandbox to forward ports into`);
      const url = await asStatus(runtime.portForward(sandbox.id, [port]));
      return asStatus(openPortForward(url, port));
    },
  };
}

function noLog(pod: NodePod, target: ContainerTarget, previous: boolean | undefined): StatusError {
  const { container } = target;
  if (previous)
    return badRequest(`previous terminated container "${container}" in pod "${nameOf(pod)}" not found`);
  const {
    containerStatuses = [],
    initContainerStatuses = [],
    ephemeralContainerStatuses = [],
  } = pod.status ?? {};
  const statuses = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
  const reason = statuses.find(s => s.name === container)?.state?.waiting?.reason ?? 'ContainerCreating';
  const why = isPullProblem(reason) ? 'trying and failing to pull image' : `waiting to start: ${reason}`;
  return badRequest(`container "${container}" in pod "${nameOf(pod)}" is ${why}`);
}

const isPullProblem = (reason: string) => reason === 'ErrImagePull' || reason === 'ImagePullBackOff';

async function asStatus<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    if (cause instanceof StatusError) throw cause;
    const message = cause instanceof RuntimeError || cause instanceof Error ? cause.message : String(cause);
    throw new StatusError({ reason: 'InternalError', message, cause });
  }
}
