/**
 * `ip netns exec` runs its command with a /sys of its own, in which no cgroup file system is
 * mounted, and then nothing can start a container. The hierarchies themselves are the kernel's and
 * can be mounted again: /proc/self/cgroup names them.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCommands } from '../../base/run-command.ts';

const ROOT = '/sys/fs/cgroup';

export interface Mount {
  readonly type: 'tmpfs' | 'cgroup' | 'cgroup2';
  readonly options: string;
  readonly target: string;
}

/** What is missing, from the lines of /proc/self/cgroup and /proc/self/mounts. */
export function planCgroupMounts(cgroups: string, mounts: string): Mount[] {
  if (mounts.split('\n').some(line => line.split(' ')[1]?.startsWith(ROOT))) return [];
  const hierarchies = cgroups
    .split('\n')
    .filter(Boolean)
    .map(line => line.split(':')[1] ?? '');
  if (hierarchies.length === 0) return [];
  if (hierarchies.every(h => h === '')) return [{ type: 'cgroup2', options: 'rw', target: ROOT }];
  return [
    { type: 'tmpfs', options: 'rw,mode=755', target: ROOT },
    ...hierarchies.map((h): Mount => {
      if (h === '') return { type: 'cgroup2', options: 'rw', target: join(ROOT, 'unified') };
      const name = h.replace(/^name=/, '');
      return {
        type: 'cgroup',
        options: h.startsWith('name=') ? `rw,none,${h}` : `rw,${h}`,
        target: join(ROOT, name),
      };
    }),
  ];
}

/** Mounts what is missing; does nothing where the cgroups are in place. */
export async function ensureCgroupMounts(): Promise<void> {
  const [cgroups, mounts] = await Promise.all([
    readFile('/proc/self/cgroup', 'utf8'),
    readFile('/proc/self/mounts', 'utf8'),
  ]);
  for (const { type, options, target } of planCgroupMounts(cgroups, mounts)) {
    if (target !== ROOT) await mkdir(target, { recursive: true });
    await systemCommands().run(['mount', '-t', type, '-o', options, type, target]);
  }
}
