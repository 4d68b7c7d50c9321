/**
 * A kubelet at work, from its start to its end. Nothing is started or stopped before the runtime has
 * been listed and the API has told of every pod: what is not known yet is not gone.
 */
import { aborted } from '../base/abort.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import type { Informer } from '../client/informer.ts';
import type { ConfigMap, Node, Pod, Secret, Service } from '../generated/core-v1.ts';
import { logDirectory } from './directories.ts';
import { followRuntime } from './follow-runtime.ts';
import { containerLogFile } from './lifecycle/termination-message.ts';
import { rotateLogs } from './logs/rotation.ts';
import type { NodeKeeper } from './node/node-keeper.ts';
import type { Parts } from './pods/parts.ts';
import { uidOf } from './pods/pod.ts';
import type { PodWorkers } from './pods/pod-workers.ts';
import { isRunning } from './pods/runtime-state.ts';
import type { KubeletServer } from './server/server.ts';

export interface RunningKubelet {
  readonly parts: Parts;
  readonly workers: PodWorkers;
  readonly keeper: NodeKeeper;
  readonly recorder: EventRecorder;
  readonly server: KubeletServer | undefined;
  readonly informers: {
    readonly pods: Informer<Pod>;
    readonly nodes: Informer<Node>;
    readonly configMaps: Informer<ConfigMap>;
    readonly secrets: Informer<Secret>;
    readonly services: Informer<Service>;
  };
  /** Why pods cannot be run now; undefined: they can. */
  readonly onState: (problem: string | undefined) => void;
}

/** Works until `signal` is aborted; containers run on. */
export async function runKubelet(kubelet: RunningKubelet, signal: AbortSignal): Promise<void> {
  const { parts, workers, keeper, recorder, server } = kubelet;
  const { runtime, clock, log, os, probes } = parts;
  await server?.listen().catch((error: unknown) => {
    log.error('the kubelet cannot be asked: its port does not open', { error: String(error) });
  });
  const following = followRuntimeState(kubelet, signal);
  await parts.cgroups.prepare().catch((error: unknown) => {
    log.warn('cgroup of pods without requests not prepared', { error: String(error) });
  });
  const keeping = keeper.run(signal);
  const known = Promise.all([
    following.loaded,
    ...Object.values(kubelet.informers).map(informer => informer.synced),
  ]);
  await Promise.race([known, aborted(signal)]);
  let orphans: Promise<void> | undefined;
  if (!signal.aborted) {
    const stops = [followSources(kubelet), workers.follow(kubelet.informers.pods)];
    orphans = workers.removeOrphans();
    const running = () => runningLogs(kubelet);
    await rotateLogs({ files: os.fs, runtime, clock, log, running }, signal);
    for (const stop of stops) stop();
  }
  await Promise.all([keeping, following.ended, server?.close(), workers.stop(), orphans]);
  probes.forgetAll();
  await recorder.close();
}

function followRuntimeState({ parts, keeper, onState }: RunningKubelet, signal: AbortSignal) {
  const { runtime, cache, clock, log } = parts;
  let ended = Promise.resolve();
  const loaded = new Promise<void>(resolve => {
    const tell = (problem: string | undefined) => {
      onState(problem);
      keeper.runtimeDown(problem);
      if (problem === undefined) resolve();
    };
    ended = followRuntime({ runtime, cache, clock, log, onState: tell }, signal);
  });
  return { loaded, ended };
}

/** Pods that use a config map or secret hear of its changes. Returns the function that ends it. */
function followSources({ workers, informers: { configMaps, secrets } }: RunningKubelet): () => void {
  const changed = (kind: 'configMaps' | 'secrets') => {
    const tell = ({ metadata: { namespace = '', name = '' } }: ConfigMap | Secret) =>
      workers.sourceChanged(kind, namespace, name);
    return { added: tell, updated: tell };
  };
  const stops = [configMaps.addHandlers(changed('configMaps')), secrets.addHandlers(changed('secrets'))];
  return () => {
    for (const stop of stops) stop();
  };
}

/** The logs that are being written. */
function runningLogs({ parts: { cache, dirs }, workers }: RunningKubelet) {
  return workers.list().flatMap(pod =>
    cache
      .state(uidOf(pod))
      .containers.filter(isRunning)
      .map(({ name, restartCount, status }) => ({
        containerId: status.id,
        path: containerLogFile(logDirectory(dirs, pod), name, restartCount),
      })),
  );
}
