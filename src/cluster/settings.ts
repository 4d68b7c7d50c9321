/**
 * What a cluster was made with. Chosen at the first `up`, written to cluster.json in the data
 * directory, and kept: addresses that pods and services hold must not change under them.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { UsageError } from './cli/command.ts';
import { type ClusterPaths, clusterPaths, DEFAULT_NAME, defaultDataDir } from './layout.ts';
import type { EtcdSettings } from './storage/settings.ts';

export interface ClusterSettings {
  readonly name: string;
  /** Of the API server, 1–65535. */
  readonly port: number;
  /** Of the node's kubelet, 1–65535. */
  readonly kubeletPort: number;
  readonly nodeName: string;
  readonly serviceCidr: string;
  /** The address of the Service `kubernetes`: the first of serviceCidr. */
  readonly kubernetesIp: string;
  /** The tenth of serviceCidr. */
  readonly dnsIp: string;
  /** The node's, /24. */
  readonly podCidr: string;
  readonly clusterDomain: string;
  /** 15 characters at most: the kernel's limit for interface names. */
  readonly bridge: string;
  /** Absent: LMDB, in the data directory. */
  readonly store?: EtcdSettings;
}

export interface ClusterChoice {
  readonly name: string;
  readonly paths: ClusterPaths;
}

/** Upstream's. */
export const KUBELET_PORT = 10_250;

/** Lower case, as it becomes part of interface, table and cgroup names. */
const NAME = /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/;

/** Which cluster --name and --data-dir mean. */
export function chooseCluster(values: Readonly<Record<string, string | boolean | undefined>>): ClusterChoice {
  const name = typeof values['name'] === 'string' ? values['name'] : DEFAULT_NAME;
  if (!NAME.test(name)) {
    throw new UsageError(`"${name}" is no cluster name: use lower-case letters, digits and "-", at most 32`);
  }
  const dataDir = typeof values['data-dir'] === 'string' ? values['data-dir'] : defaultDataDir(name);
  if (!dataDir.startsWith('/')) throw new UsageError(`--data-dir ${dataDir}: give an absolute path`);
  return { name, paths: clusterPaths(dataDir) };
}

/** Undefined when there is no cluster in the data directory. */
export async function readSettings(paths: ClusterPaths): Promise<ClusterSettings | undefined> {
  try {
    const text = await readFile(paths.settings, 'utf8');
    // Clusters made before kubelets served say nothing of it.
    return { kubeletPort: KUBELET_PORT, ...(JSON.parse(text) as Omit<ClusterSettings, 'kubeletPort'>) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UsageError(`${paths.settings} cannot be read: ${String(error)}`, { cause: error });
  }
}

/** @throws UsageError when there is no such cluster */
export async function requireSettings({ name, paths }: ClusterChoice): Promise<ClusterSettings> {
  const settings = await readSettings(paths);
  if (!settings)
    throw new UsageError(`there is no cluster "${name}" in ${paths.dataDir}; make one with "peapod up"`);
  return settings;
}

export async function writeSettings(paths: ClusterPaths, settings: ClusterSettings): Promise<void> {
  await writeFile(`${paths.settings}.new`, `${JSON.stringify(settings, null, 2)}\n`);
  await rename(`${paths.settings}.new`, paths.settings);
}
