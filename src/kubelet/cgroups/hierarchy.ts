/**
 * The cgroup tree above the containers: <root>/kubepods[/burstable|/besteffort]/pod<uid>, written
 * through cgroupfs. Works on v1 (one tree a controller), v2 (one tree) and hybrid machines,
 * where the controllers are v1's.
 *
 * What is in the tree below a pod belongs to the runtime. Folders are made only where a limit is
 * written; the runtime makes the others.
 */
import { dirname, join } from 'node:path';
import { type FileSystem, isMissing } from '../os.ts';

export interface CgroupTree {
  readonly version: 1 | 2;
  /** v1: a mount point a controller. v2: one for all. */
  readonly mounts: ReadonlyMap<string, string>;
}

const UNIFIED = '';

/** Where a controller's tree is mounted; undefined on a machine without it. */
export function mountOf({ version, mounts }: CgroupTree, controller: string): string | undefined {
  return mounts.get(version === 2 ? UNIFIED : controller);
}

/** Reads from /proc/self/mounts what the machine has. */
export function parseCgroupMounts(mounts: string): CgroupTree {
  const v1 = new Map<string, string>();
  let unified: string | undefined;
  for (const line of mounts.split('\n')) {
    const [, point = '', type, options = ''] = line.split(' ');
    if (type === 'cgroup2') unified ??= point;
    if (type !== 'cgroup') continue;
    for (const option of options.split(',')) {
      if (
        /^(cpu|cpuacct|cpuset|memory|pids|blkio|devices|freezer|hugetlb|net_cls|net_prio|perf_event|rdma|misc)$/.test(
          option,
        )
      ) {
        v1.set(option, point);
      } else if (option.startsWith('name=')) v1.set(option, point);
    }
  }
  if (v1.has('cpu') || v1.has('memory')) {
    // Hybrid: runc joins the unified tree too, so it has to be cleaned up with the others.
    if (unified) v1.set('unified', unified);
    return { version: 1, mounts: v1 };
  }
  return { version: 2, mounts: new Map([[UNIFIED, unified ?? '/sys/fs/cgroup']]) };
}

/**
 * Writes `value` into a controller's file of a cgroup, making the cgroup first.
 * @param path of the cgroup below the mount points: /peapod/kubepods/…
 * @param file its name at this version of cgroups: memory.max, memory.limit_in_bytes
 */
export async function writeCgroup(
  files: FileSystem,
  tree: CgroupTree,
  path: string,
  controller: 'cpu' | 'memory',
  file: string,
  value: string,
): Promise<void> {
  const mount = mountOf(tree, controller);
  // A machine without the controller cannot limit what it does not count.
  if (!mount) return;
  const directory = join(mount, path);
  await files.mkdir(directory, { recursive: true });
  if (tree.version === 2) await delegate(files, mount, dirname(directory), controller);
  await files.writeFile(join(directory, file), value);
}

/** v2: a controller reaches a cgroup only when every one above hands it down. */
async function delegate(
  files: FileSystem,
  mount: string,
  directory: string,
  controller: string,
): Promise<void> {
  const above: string[] = [];
  for (let at = directory; at.startsWith(mount); at = dirname(at)) above.unshift(at);
  for (const at of above) {
    const handed = await files.readFile(join(at, 'cgroup.subtree_control'), 'utf8').catch(() => '');
    if (!handed.split(/\s+/).includes(controller)) {
      await files.writeFile(join(at, 'cgroup.subtree_control'), `+${controller}`);
    }
  }
}

/** Removes a cgroup and what is left below it, from every tree. Processes in it must have ended. */
export async function removeCgroup(files: FileSystem, tree: CgroupTree, path: string): Promise<void> {
  for (const mount of new Set(tree.mounts.values())) await removeTree(files, join(mount, path));
}

async function removeTree(files: FileSystem, directory: string): Promise<void> {
  try {
    for (const entry of await files.readdir(directory, { withFileTypes: true })) {
      if (entry.isDirectory()) await removeTree(files, join(directory, entry.name));
    }
    await files.rmdir(directory);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
