/** Containers as the kernel sees them: their processes and namespaces, from /proc. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export type NamespaceKind = 'net' | 'ipc' | 'uts' | 'mnt' | 'pid' | 'cgroup';

/** Main process (the oldest) of each container of a pod, by container id; the infra container is one. */
export function podProcesses(podUid: string): ReadonlyMap<string, number> {
  const byContainer = new Map<string, number>();
  const pids = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
  for (const pid of pids) {
    let cgroups: string;
    try {
      cgroups = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
    } catch {
      continue;
    }
    const found = new RegExp(`pod${podUid}/([0-9a-f]{64})`).exec(cgroups);
    if (found?.[1] && !byContainer.has(found[1])) byContainer.set(found[1], pid);
  }
  return byContainer;
}

/** net:[4026532281] */
export function namespaceOf(pid: number, kind: NamespaceKind): string {
  return readlinkSync(`/proc/${pid}/ns/${kind}`);
}
