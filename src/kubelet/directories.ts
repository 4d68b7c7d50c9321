/** Where the kubelet keeps what on disk. */
import { join } from 'node:path';
import type { Pod } from '../generated/core-v1.ts';
import { nameOf, namespaceOf, uidOf } from './pods/pod.ts';

export interface Directories {
  /** Volumes and files of pods: <data-dir>/kubelet. */
  readonly root: string;
  /** Container logs, a folder a pod: <data-dir>/logs/pods. */
  readonly podLogs: string;
}

export const podDirectory = (dirs: Directories, uid: string): string => join(dirs.root, 'pods', uid);

/** <namespace>_<name>_<uid>, as log collectors expect it. */
export const logDirectory = (dirs: Directories, pod: Pod): string =>
  join(dirs.podLogs, `${namespaceOf(pod)}_${nameOf(pod)}_${uidOf(pod)}`);

/** `plugin` as upstream names it: empty-dir, configmap, secret, downward-api, projected. */
export const volumeDirectory = (dirs: Directories, uid: string, plugin: string, volume: string): string =>
  join(podDirectory(dirs, uid), 'volumes', `kubernetes.io~${plugin}`, volume);

export const etcHostsFile = (dirs: Directories, uid: string): string =>
  join(podDirectory(dirs, uid), 'etc-hosts');

export const containerDirectory = (dirs: Directories, uid: string, container: string): string =>
  join(podDirectory(dirs, uid), 'containers', container);
