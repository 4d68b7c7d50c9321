/**
 * `ip netns exec` gives each command a mount namespace of its own, with a /sys without cgroups. A
 * cluster must not live in one: what the kubelet mounts there, a containerd started from the next
 * command would not see. So Peapod goes back to the mount namespace of the process it was called
 * from, staying in its network namespace, by running itself again through nsenter.
 *
 * Where no ancestor has cgroups mounted, they are mounted in our own namespace (cgroup-mounts.ts).
 */
import { spawn } from 'node:child_process';
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
  await runAgain([`--mount=/proc/${ancestor}/ns/mnt`, `--wdns=${process.cwd()}`]);
}

/**
 * Runs this program in the network namespace of a process, unless it is there already: `down` and
 * `delete` must look for a cluster's rules and interfaces where the cluster is.
 */
export async function enterNetworkNamespaceOf({ pid }: { readonly pid: number }): Promise<void> {
  const theirs = `/proc/${pid}/ns/net`;
  if (readlinkSync(theirs) !== readlinkSync('/proc/self/ns/net')) await runAgain([`--net=${theirs}`]);
}

/** Stays as long as the other program does, which is told of every signal: it may have to clean up. */
function runAgain(options: readonly string[]): Promise<never> {
  const program = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  return new Promise((_, reject) => {
    const child = spawn('nsenter', [...options, '--', ...program], { stdio: 'inherit' });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => child.kill(signal));
    child.on('error', reject);
    child.on('exit', code => process.exit(code ?? 1));
  });
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
