/**
 * `ip netns exec` gives each command a mount namespace of its own, with a /sys without cgroups. A
 * cluster must not live in one: what the kubelet mounts there, a containerd started from the next
 * command would not see. So Peapod goes back to the mount namespace of the process it was called
 * from, staying in its network namespace, by running itself again through nsenter.
 *
 * Where no ancestor has cgroups mounted, they are mounted in our own namespace (cgroup-mounts.ts).
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { ensureCgroupMounts } from './cgroup-mounts.ts';

/**
 * Returns when cgroups are mounted where this process runs; where they are in an ancestor's
 * namespace only, runs this program there instead and ends with its exit code.
 */
export async function enterMountNamespace(): Promise<void> {
  if (hasCgroups('self')) return;
  const ancestor = ancestorWithCgroups();
  if (ancestor === undefined) return ensureCgroupMounts();
  runAgain([`--mount=/proc/${ancestor}/ns/mnt`, `--wdns=${process.cwd()}`]);
}

/**
 * Runs this program in the network namespace of a process, unless it is there already: `down` and
 * `delete` must look for a cluster's rules and interfaces where the cluster is.
 */
export function enterNetworkNamespaceOf({ pid }: { readonly pid: number }): void {
  const theirs = `/proc/${pid}/ns/net`;
  if (readlinkSync(theirs) !== readlinkSync('/proc/self/ns/net')) runAgain([`--net=${theirs}`]);
}

function runAgain(options: readonly string[]): never {
  const program = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const { status } = spawnSync('nsenter', [...options, '--', ...program], { stdio: 'inherit' });
  process.exit(status ?? 1);
}

function ancestorWithCgroups(): number | undefined {
  const own = readlinkSync('/proc/self/ns/mnt');
  for (let pid = process.ppid; pid > 0; pid = parentOf(pid)) {
    try {
      if (readlinkSync(`/proc/${pid}/ns/mnt`) !== own && hasCgroups(pid)) return pid;
    } catch {
      // Not ours to look at; one further up may be.
    }
  }
  return undefined;
}

function hasCgroups(pid: number | 'self'): boolean {
  return / \/sys\/fs\/cgroup/.test(readFileSync(`/proc/${pid}/mounts`, 'latin1'));
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
