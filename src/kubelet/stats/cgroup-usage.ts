/**
 * What a cgroup has used, from the kernel's own counters, on v1 and v2. Each part is absent where the
 * machine does not count it. The working set is what cannot be given back under pressure: the usage
 * without inactive file pages, as cAdvisor and the eviction manager count it.
 */
import { join } from 'node:path';
import { type CgroupTree, mountOf } from '../cgroups/hierarchy.ts';
import type { FileSystem } from '../os.ts';

export interface CpuUsage {
  /** Since the cgroup was made. */
  readonly totalNs: number;
  readonly userNs?: number;
  readonly systemNs?: number;
}

export interface MemoryUsage {
  readonly usageBytes: number;
  readonly workingSetBytes: number;
  /** Anonymous memory. */
  readonly rssBytes: number;
  /** The page cache. */
  readonly cacheBytes: number;
  readonly pageFaults: number;
  readonly majorPageFaults: number;
}

export interface CgroupUsage {
  readonly cpu?: CpuUsage;
  readonly memory?: MemoryUsage;
  readonly processes?: number;
}

const NS_PER_TICK = 1e9 / 100;

/**
 * @param path of the cgroup below the mount points: /peapod/kubepods/pod…
 * @returns empty when there is none
 */
export async function readCgroupUsage(
  files: Pick<FileSystem, 'readFile'>,
  tree: CgroupTree,
  path: string,
): Promise<CgroupUsage> {
  const read = async (controller: string, file: string) => {
    const mount = mountOf(tree, controller);
    return mount === undefined ? undefined : await readText(files, join(mount, path, file));
  };
  const [cpu, memory, processes] = await Promise.all([
    tree.version === 2 ? cpuV2(read) : cpuV1(read),
    tree.version === 2 ? memoryV2(read) : memoryV1(read),
    processCount(read),
  ]);
  return {
    ...(cpu && { cpu }),
    ...(memory && { memory }),
    ...(processes !== undefined && { processes }),
  };
}

/** The processes of a cgroup itself, without those of cgroups below. */
export async function readProcesses(
  files: Pick<FileSystem, 'readFile'>,
  tree: CgroupTree,
  path: string,
): Promise<number[]> {
  const mount = mountOf(tree, 'memory') ?? mountOf(tree, 'cpu');
  if (mount === undefined) return [];
  const text = (await readText(files, join(mount, path, 'cgroup.procs'))) ?? '';
  return text.split('\n').filter(Boolean).map(Number);
}

type Read = (controller: string, file: string) => Promise<string | undefined>;

async function cpuV1(read: Read): Promise<CpuUsage | undefined> {
  const [usage, stat] = await Promise.all([
    read('cpuacct', 'cpuacct.usage'),
    read('cpuacct', 'cpuacct.stat'),
  ]);
  const totalNs = numberIn(usage);
  if (totalNs === undefined) return undefined;
  const { user, system } = table(stat);
  return {
    totalNs,
    ...(user !== undefined && { userNs: user * NS_PER_TICK }),
    ...(system !== undefined && { systemNs: system * NS_PER_TICK }),
  };
}

async function cpuV2(read: Read): Promise<CpuUsage | undefined> {
  const { usage_usec: usage, user_usec: user, system_usec: system } = table(await read('cpu', 'cpu.stat'));
  if (usage === undefined) return undefined;
  return {
    totalNs: usage * 1000,
    ...(user !== undefined && { userNs: user * 1000 }),
    ...(system !== undefined && { systemNs: system * 1000 }),
  };
}

async function memoryV1(read: Read): Promise<MemoryUsage | undefined> {
  const [usage, text] = await Promise.all([
    read('memory', 'memory.usage_in_bytes'),
    read('memory', 'memory.stat'),
  ]);
  const stat = table(text);
  const hierarchical = (name: string) => stat[`total_${name}`] ?? stat[name];
  return memoryOf(numberIn(usage), {
    inactiveFile: hierarchical('inactive_file'),
    rss: hierarchical('rss'),
    cache: hierarchical('cache'),
    faults: hierarchical('pgfault'),
    majorFaults: hierarchical('pgmajfault'),
  });
}

async function memoryV2(read: Read): Promise<MemoryUsage | undefined> {
  const [usage, text] = await Promise.all([read('memory', 'memory.current'), read('memory', 'memory.stat')]);
  const stat = table(text);
  return memoryOf(numberIn(usage), {
    inactiveFile: stat['inactive_file'],
    rss: stat['anon'],
    cache: stat['file'],
    faults: stat['pgfault'],
    majorFaults: stat['pgmajfault'],
  });
}

interface MemoryCounters {
  readonly inactiveFile: number | undefined;
  readonly rss: number | undefined;
  readonly cache: number | undefined;
  readonly faults: number | undefined;
  readonly majorFaults: number | undefined;
}

function memoryOf(usageBytes: number | undefined, counters: MemoryCounters): MemoryUsage | undefined {
  if (usageBytes === undefined) return undefined;
  return {
    usageBytes,
    workingSetBytes: Math.max(0, usageBytes - (counters.inactiveFile ?? 0)),
    rssBytes: counters.rss ?? 0,
    cacheBytes: counters.cache ?? 0,
    pageFaults: counters.faults ?? 0,
    majorPageFaults: counters.majorFaults ?? 0,
  };
}

async function processCount(read: Read): Promise<number | undefined> {
  const current = numberIn(await read('pids', 'pids.current'));
  if (current !== undefined) return current;
  const list = await read('memory', 'cgroup.procs');
  return list === undefined ? undefined : list.split('\n').filter(Boolean).length;
}

function numberIn(text: string | undefined): number | undefined {
  const number = Number(text?.trim() || 'NaN');
  return Number.isFinite(number) ? number : undefined;
}

/** Lines of `name number`. */
export function table(text = ''): Record<string, number> {
  return Object.fromEntries(
    text.split('\n').flatMap(line => {
      const [name = '', value] = line.trim().split(/\s+/);
      return name === '' || value === undefined ? [] : [[name, Number(value)]];
    }),
  );
}

/** Undefined: not there, or not for us to read. */
export async function readText(
  files: Pick<FileSystem, 'readFile'>,
  path: string,
): Promise<string | undefined> {
  return await files.readFile(path, 'utf8').catch(() => undefined);
}
