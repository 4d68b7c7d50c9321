/**
 * Reads a sample: cgroups and /proc for what runs, the runtime for what containers have written.
 * Nothing is read but when somebody asks, so that an idle node stays idle.
 */
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { CgroupTree } from '../cgroups/hierarchy.ts';
import { podCgroupPath } from '../cgroups/pod-cgroups.ts';
import type { ContainerRuntime, LayerUsage } from '../cri/contract.ts';
import { type Directories, logDirectory } from '../directories.ts';
import type { Machine } from '../node/machine.ts';
import type { FileSystem } from '../os.ts';
import { type NodePod, nameOf, namespaceOf, uidOf } from '../pods/pod.ts';
import { isRunning, type PodRuntimeState, readySandbox } from '../pods/runtime-state.ts';
import { readCgroupUsage, readProcesses, readText, table } from './cgroup-usage.ts';
import { defaultInterface, type InterfaceUsage, parseNetDev } from './network-usage.ts';
import type { ContainerSample, FileSystemUsage, NodeSample, PodSample } from './sample.ts';

export interface CollectorOptions {
  readonly files: FileSystem;
  readonly runtime: Pick<ContainerRuntime, 'layerUsage' | 'imageFileSystem'>;
  readonly tree: CgroupTree;
  readonly cgroupRoot: string;
  readonly dirs: Directories;
  readonly nodeName: string;
  readonly machine: Machine;
  readonly clock: Clock;
  readonly pods: () => readonly NodePod[];
  readonly state: (uid: string) => PodRuntimeState;
}

export interface CollectOptions {
  /** File systems, layers and logs too: what costs more than reading counters. */
  readonly disk: boolean;
}

export type Collect = (options: CollectOptions) => Promise<NodeSample>;

/** What cannot be read is absent in the samples. */
export function createCollector(options: CollectorOptions): Collect {
  const { files, runtime, clock, machine, nodeName, dirs, tree } = options;
  return async ({ disk }) => {
    const layers = disk ? await runtime.layerUsage().catch(() => NO_LAYERS) : NO_LAYERS;
    const [node, pods, fs, imageFs] = await Promise.all([
      nodeUsage(files, tree, machine),
      Promise.all(options.pods().map(pod => podSample(options, pod, disk, layers))),
      disk ? fileSystemUsage(files, dirs.root) : undefined,
      disk ? imageFileSystem(files, runtime) : undefined,
    ]);
    return {
      timeMs: clock.now(),
      nodeName,
      memoryBytes: machine.memoryBytes,
      cpus: machine.cpus,
      ...node,
      pods: pods.filter(pod => pod.containers.length > 0),
      ...(fs && { fs }),
      ...(imageFs && { imageFs }),
    };
  };
}

const NO_LAYERS: ReadonlyMap<string, LayerUsage> = new Map();

async function nodeUsage(files: FileSystem, tree: CgroupTree, machine: Machine) {
  const [usage, dev, route, stat, meminfo, loadavg, max] = await Promise.all([
    readCgroupUsage(files, tree, '/'),
    ...['net/dev', 'net/route', 'stat', 'meminfo', 'loadavg', 'sys/kernel/pid_max'].map(name =>
      readText(files, `/proc/${name}`),
    ),
  ]);
  // 0.20 0.18 0.12 1/80 11206: the second of the pair is how many there are.
  const current = Number(/\s\d+\/(\d+)\s/.exec(loadavg ?? '')?.[1]);
  const memory = usage.memory ?? memoryOfMachine(table(meminfo?.replaceAll(':', '')), machine);
  return {
    bootMs: (table(stat)['btime'] ?? 0) * 1000,
    // Without a number of processes: the root's own list has only those that are in no other cgroup.
    usage: { ...(usage.cpu && { cpu: usage.cpu }), memory },
    network: parseNetDev(dev ?? ''),
    defaultInterface: defaultInterface(route ?? ''),
    processes: current > 0 && max ? { max: Number(max), current } : undefined,
  };
}

/** v2 has no memory.current at its root. */
function memoryOfMachine(meminfo: Readonly<Record<string, number>>, { memoryBytes }: Machine) {
  const bytes = (name: string) => (meminfo[name] ?? 0) * 1024;
  const usageBytes = Math.max(0, memoryBytes - bytes('MemFree'));
  return {
    usageBytes,
    workingSetBytes: Math.max(0, usageBytes - bytes('Inactive(file)')),
    rssBytes: bytes('AnonPages'),
    cacheBytes: bytes('Cached'),
    pageFaults: 0,
    majorPageFaults: 0,
  };
}

async function podSample(
  options: CollectorOptions,
  pod: NodePod,
  disk: boolean,
  layers: ReadonlyMap<string, LayerUsage>,
): Promise<PodSample> {
  const { files, tree, cgroupRoot, dirs } = options;
  const cgroup = podCgroupPath(cgroupRoot, pod);
  const state = options.state(uidOf(pod));
  const sandbox = readySandbox(state);
  const [usage, network, containers] = await Promise.all([
    readCgroupUsage(files, tree, cgroup),
    sandbox && !pod.spec.hostNetwork ? podNetwork(files, tree, join(cgroup, sandbox.id)) : undefined,
    Promise.all(
      state.containers.filter(isRunning).map(async ({ name, status }): Promise<ContainerSample> => {
        const path = join(cgroup, status.id);
        const logBytes = disk ? await sizeOfFiles(files, join(logDirectory(dirs, pod), name)) : undefined;
        const layer = layers.get(status.id);
        return {
          name,
          id: status.id,
          image: status.image,
          startedMs: status.startedAtMs,
          cgroup: path,
          usage: await readCgroupUsage(files, tree, path),
          ...(layer && { layer }),
          ...(logBytes !== undefined && { logBytes }),
        };
      }),
    ),
  ]);
  return {
    name: nameOf(pod),
    namespace: namespaceOf(pod),
    uid: uidOf(pod),
    startTime: pod.status?.startTime,
    cgroup,
    usage,
    ...(network && { network }),
    containers,
  };
}

async function podNetwork(
  files: FileSystem,
  tree: CgroupTree,
  sandbox: string,
): Promise<InterfaceUsage[] | undefined> {
  const [pid] = await readProcesses(files, tree, sandbox);
  const text = pid ? await readText(files, `/proc/${pid}/net/dev`) : undefined;
  return text === undefined ? undefined : parseNetDev(text);
}

async function fileSystemUsage(files: FileSystem, path: string): Promise<FileSystemUsage | undefined> {
  try {
    const { blocks, bavail, bfree, bsize, files: inodes, ffree } = await files.statfs(path);
    return {
      capacityBytes: blocks * bsize,
      availableBytes: bavail * bsize,
      usedBytes: (blocks - bfree) * bsize,
      inodes,
      inodesFree: ffree,
    };
  } catch {
    return undefined;
  }
}

async function imageFileSystem(files: FileSystem, runtime: CollectorOptions['runtime']) {
  const info = await runtime.imageFileSystem().catch(() => undefined);
  const usage = info && (await fileSystemUsage(files, info.mountpoint));
  return usage && { ...usage, timeMs: info.timeMs, imageBytes: info.usedBytes };
}

/** Undefined: there is no such folder. */
async function sizeOfFiles(files: FileSystem, directory: string): Promise<number | undefined> {
  const names = await files.readdir(directory).catch(() => undefined);
  if (!names) return undefined;
  const sizes = names.map(name =>
    files.stat(join(directory, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
