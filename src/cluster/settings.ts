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
  /** The one that was asked for, or else the default; what a cluster is really called its settings say. */
  readonly name: string;
  /** --name was given. */
  readonly named: boolean;
  readonly paths: ClusterPaths;
}

/** Upstream's. */
export const KUBELET_PORT = 10_250;

/** Lower case, as it becomes part of interface, table and cgroup names. */
const NAME = /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/;

/** Which cluster --name and --data-dir mean. */
export function chooseCluster(values: Readonly<Record<string, string | boolean | undefined>>): ClusterChoice {
  const named = typeof values['name'] === 'string';
  const name = named ? (values['name'] as string) : DEFAULT_NAME;
  if (!NAME.test(name)) {
    throw new UsageError(`"${name}" is no cluster name: use lower-case letters, digits and "-", at most 32`);
  }
  const dataDir = typeof values['data-dir'] === 'string' ? values['data-dir'] : defaultDataDir(name);
  if (!dataDir.startsWith('/')) throw new UsageError(`--data-dir ${dataDir}: give an absolute path`);
  return { name, named, paths: clusterPaths(dataDir) };
}

/**
 * Undefined when there is no cluster in the data directory.
 * @throws UsageError when the one there is not the one that was named
 */
export async function readSettings(choice: ClusterChoice): Promise<ClusterSettings | undefined> {
  const path = choice.paths.settings;
  let settings: ClusterSettings;
  try {
    // Clusters made before kubelets served say nothing of it.
    settings = { kubeletPort: KUBELET_PORT, ...JSON.parse(await readFile(path, 'utf8')) } as ClusterSettings;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UsageError(`${path} cannot be read: ${String(error)}`, { cause: error });
  }
  if (choice.named && choice.name !== settings.name) {
    throw new UsageError(
      `the cluster in ${choice.paths.dataDir} is "${settings.name}", not "${choice.name}": give its own --name, or another --data-dir`,
    );
  }
  return settings;
}

/** @throws UsageError when there is no such cluster */
export async function requireSettings(choice: ClusterChoice): Promise<ClusterSettings> {
  const settings = await readSettings(choice);
  if (!settings) {
    throw new UsageError(
      `there is no cluster "${choice.name}" in ${choice.paths.dataDir}; make one with "peapod up"`,
    );
  }
  return settings;
}

export async function writeSettings(paths: ClusterPaths, settings: ClusterSettings): Promise<void> {
  await writeFile(`${paths.settings}.new`, `${JSON.stringify(settings, null, 2)}\n`);
  await rename(`${paths.settings}.new`, paths.settings);
}
