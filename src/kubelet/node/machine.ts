/** What the machine is: the facts of a Node's status that do not change while the kubelet runs. */
import { arch, cpus, release } from 'node:os';
import type { NodeSystemInfo } from '../../generated/core-v1.ts';
import type { FileSystem } from '../os.ts';

export interface Machine {
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Of the file system that holds the kubelet's data. */
  readonly diskBytes: number;
  readonly info: Pick<
    NodeSystemInfo,
    'machineID' | 'systemUUID' | 'bootID' | 'kernelVersion' | 'osImage' | 'architecture' | 'operatingSystem'
  >;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

export async function readMachine(files: FileSystem, dataDirectory: string): Promise<Machine> {
  const read = async (path: string) => (await files.readFile(path, 'utf8').catch(() => '')).trim();
  const [meminfo, machineID, systemUUID, bootID, osRelease] = await Promise.all([
    read('/proc/meminfo'),
    read('/etc/machine-id'),
    read('/sys/class/dmi/id/product_uuid'),
    read('/proc/sys/kernel/random/boot_id'),
    read('/etc/os-release'),
  ]);
  const disk = await files.statfs(dataDirectory);
  return {
    cpus: cpus().length,
    memoryBytes: Number(/^MemTotal:\s+(\d+) kB/m.exec(meminfo)?.[1] ?? 0) * 1024,
    diskBytes: disk.blocks * disk.bsize,
    info: {
      machineID,
      systemUUID,
      bootID,
      kernelVersion: release(),
      osImage: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease)?.[1] ?? '',
      architecture: architecture(),
      operatingSystem: 'linux',
    },
  };
}

/** As Go names it. */
export const architecture = (): string => ARCHITECTURES[arch()] ?? arch();

/** Capacity as quantities. */
export function capacityOf(machine: Machine, maxPods: number): Record<string, string> {
  return {
    cpu: String(machine.cpus),
    'ephemeral-storage': `${Math.floor(machine.diskBytes / 1024)}Ki`,
    memory: `${Math.floor(machine.memoryBytes / 1024)}Ki`,
    pods: String(maxPods),
  };
}
