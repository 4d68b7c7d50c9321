/** A cluster's snapshots: where they are, by name or by path. */
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ClusterPaths } from '../layout.ts';

const ENDING = '.snapshot';

/** A name is in the cluster's own folder; what has a "/" is a path. */
export function snapshotPath(paths: ClusterPaths, text: string): string {
  return text.includes('/')
    ? resolve(text)
    : join(paths.snapshots, text.endsWith(ENDING) ? text : text + ENDING);
}

/** The time, so that they are in order. */
export const snapshotName = (nowMs: number): string =>
  `${new Date(nowMs).toISOString().slice(0, 19).replaceAll(':', '-')}Z`;

/** The names in the cluster's folder, in order. */
export async function snapshotNames(paths: ClusterPaths): Promise<readonly string[]> {
  const names = await readdir(paths.snapshots).catch(() => []);
  return names
    .filter(name => name.endsWith(ENDING))
    .map(name => name.slice(0, -ENDING.length))
    .toSorted((a, b) => (a < b ? -1 : 1));
}
