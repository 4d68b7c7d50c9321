/**
 * Where a cluster keeps things: everything it writes is under its data directory (and, while it
 * runs, in the kernel), so removing that directory removes the cluster's memory.
 */
import { join } from 'node:path';

export const DEFAULT_NAME = 'peapod';

/** Holds a pod's namespaces; one of the sample images. */
export const SANDBOX_IMAGE = 'docker.io/library/pause:latest';

/** Downloads and sample images, shared by all clusters of the machine; safe to delete at any time. */
export const CACHE_DIR = '/var/cache/peapod';

export function defaultDataDir(name: string): string {
  return name === DEFAULT_NAME ? '/var/lib/peapod' : `/var/lib/peapod-${name}`;
}

export interface ClusterPaths {
  readonly dataDir: string;
  /** The options the cluster was made with. */
  readonly settings: string;
  /** The server process that holds the data directory. */
  readonly serverPid: string;
  readonly certificates: string;
  readonly kubeconfig: string;
  readonly store: string;
  readonly snapshots: string;
  readonly registry: string;
  readonly kubelet: string;
  readonly podLogs: string;
  readonly logs: string;
  readonly containerd: string;
  readonly containerdSocket: string;
  readonly cniConf: string;
  /** host-local's list of addresses in use. */
  readonly cniState: string;
}

export function clusterPaths(dataDir: string): ClusterPaths {
  const at = (name: string) => join(dataDir, name);
  return {
    dataDir,
    settings: at('cluster.json'),
    serverPid: at('server.pid'),
    certificates: at('pki'),
    kubeconfig: at('admin.kubeconfig'),
    store: at('store'),
    snapshots: at('snapshots'),
    registry: at('registry'),
    kubelet: at('kubelet'),
    podLogs: at('logs/pods'),
    logs: at('logs'),
    containerd: at('containerd'),
    containerdSocket: at('containerd/containerd.sock'),
    cniConf: at('cni/net.d'),
    cniState: at('cni/state'),
  };
}
