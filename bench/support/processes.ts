/** Memory and CPU of the processes of one cluster, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';

export interface Usage {
  /** Resident memory, bytes. */
  readonly memoryBytes: number;
  /** CPU used so far, seconds. */
  readonly cpuSeconds: number;
}

export interface ClusterUsage {
  readonly peapod: Usage;
  readonly containerd: Usage;
}

/** Kernel ticks a second; 100 on every Linux that Node runs on. */
const TICKS = 100;

/** Processes whose command line names the data directory; shims are left out, they are the pods'. */
export function clusterUsage(dataDir: string): ClusterUsage {
  const zero: Usage = { memoryBytes: 0, cpuSeconds: 0 };
  let result: ClusterUsage = { peapod: zero, containerd: zero };
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      if (!command.includes(dataDir) || command.includes('containerd-shim')) continue;
      const kind = /(^|\/)containerd /.test(command)
        ? 'containerd'
        : /\bnode\b/.test(command)
          ? 'peapod'
          : undefined;
      if (!kind) continue;
      const rss = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ');
      const usage = result[kind];
      result = {
        ...result,
        [kind]: {
          memoryBytes: usage.memoryBytes + Number(rss?.[1] ?? 0) * 1024,
          cpuSeconds: usage.cpuSeconds + (Number(stat[11]) + Number(stat[12])) / TICKS,
        },
      };
    } catch {
      // The process ended meanwhile.
    }
  }
  return result;
}
