/** What the machine is: the facts of a Node's status that do not change while the kubelet runs. */
import { arch, cpus, release } from 'node:os';
import type { NodeSystemInfo } from '../../generated/core-v1.ts';
import type { FileSystem } from '../os.ts';

export interface Machine {
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Of the file system that holds the kubelet's data. */
  readonly diskBytes: number;
  /** Reserved pages by the size in a resource's name: 2Mi, 1Gi. */
  readonly hugePages: Readonly<Record<string, number>>;
  readonly info: Pick<
    NodeSystemInfo,
    'machineID' | 'systemUUID' | 'bootID' | 'kernelVersion' | 'osImage' | 'architecture' | 'operatingSystem'
  >;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** @param dataDirectory whose file system is the node's ephemeral storage */
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
    hugePages: await readHugePages(files),
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

async function readHugePages(files: FileSystem): Promise<Record<string, number>> {
  const root = '/sys/kernel/mm/hugepages';
  const found: Record<string, number> = {};
  for (const entry of await files.readdir(root).catch(() => [])) {
    const kilobytes = Number(/^hugepages-(\d+)kB$/.exec(entry)?.[1]);
    if (!kilobytes) continue;
    const size = kilobytes >= 1024 ** 2 ? `${kilobytes / 1024 ** 2}Gi` : `${kilobytes / 1024}Mi`;
    found[size] = Number(await files.readFile(`${root}/${entry}/nr_hugepages`, 'utf8').catch(() => '0'));
  }
  return found;
}

/** As Go names it. */
const architecture = (): string => ARCHITECTURES[arch()] ?? arch();

/** Capacity as quantities. */
export function capacityOf(machine: Machine, maxPods: number): Record<string, string> {
  return {
    cpu: String(machine.cpus),
    'ephemeral-storage': `${Math.floor(machine.diskBytes / 1024)}Ki`,
    ...hugePageCapacity(machine),
    memory: `${Math.floor(machine.memoryBytes / 1024)}Ki`,
    pods: String(maxPods),
  };
}

function hugePageCapacity(machine: Machine): Record<string, string> {
  const entries = Object.entries(machine.hugePages).map(([size, pages]) => {
    const unit = size.endsWith('Gi') ? 'Gi' : 'Mi';
    const total = pages * Number.parseInt(size, 10);
    return [`hugepages-${size}`, total === 0 ? '0' : `${total}${unit}`] as const;
  });
  return Object.fromEntries(entries);
}
