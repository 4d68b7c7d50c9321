/**
 * The clusters of this machine, so that their names, ports and address ranges do not collide: a
 * file for each in /run/peapod, written by `up`, removed by `delete`, forgotten with a reboot.
 */
import { readlinkSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const CLUSTER_LIST_DIR = '/run/peapod';

export interface ListedCluster {
  readonly name: string;
  readonly dataDir: string;
  /** Which network namespace it lives in; addresses collide only within one. */
  readonly networkNamespace: string;
  readonly port: number;
  /** Absent: of a cluster made before kubelets served. */
  readonly kubeletPort?: number;
  readonly podCidr: string;
  readonly serviceCidr: string;
}

export const ownNetworkNamespace = (): string => readlinkSync('/proc/self/ns/net');

export async function listClusters(dir = CLUSTER_LIST_DIR): Promise<readonly ListedCluster[]> {
  const names = await readdir(dir).catch(() => []);
  const found: ListedCluster[] = [];
  for (const name of names.toSorted((a, b) => (a < b ? -1 : 1))) {
    try {
      found.push(JSON.parse(await readFile(join(dir, name), 'utf8')) as ListedCluster);
    } catch {
      // Removed meanwhile by the `delete` of its cluster.
    }
  }
  return found;
}

export async function addToList(cluster: ListedCluster, dir = CLUSTER_LIST_DIR): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, `${cluster.name}.json`), `${JSON.stringify(cluster)}\n`);
}

export async function removeFromList(name: string, dir = CLUSTER_LIST_DIR): Promise<void> {
  await rm(join(dir, `${name}.json`), { force: true });
}
