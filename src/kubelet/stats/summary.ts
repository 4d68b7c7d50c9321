/** GET /stats/summary: the Summary of k8s.io/kubelet/pkg/apis/stats/v1alpha1. Pure. */
import { rfc3339 } from '../../base/clock.ts';
import type { CpuUsage, MemoryUsage } from './cgroup-usage.ts';
import type { InterfaceUsage } from './network-usage.ts';
import type { Rates } from './rates.ts';
import type { ContainerSample, FileSystemUsage, NodeSample, PodSample } from './sample.ts';

export interface SummaryOptions {
  /** What metrics-server once asked for: neither network nor file systems. */
  readonly onlyCpuAndMemory: boolean;
}

type Part = Readonly<Record<string, unknown>>;

/** Bytes, nanocores, and seconds as RFC 3339, under the API's names; what is not known is absent. */
export function summary(sample: NodeSample, rates: Rates, { onlyCpuAndMemory }: SummaryOptions): Part {
  const time = rfc3339(sample.timeMs);
  const { usage, fs, imageFs, processes } = sample;
  const rest = {
    network: network(sample.network, sample.defaultInterface, time),
    ...(fs && { fs: fileSystem(fs, time) }),
    ...(imageFs && {
      runtime: {
        imageFs: { ...fileSystem(imageFs, rfc3339(imageFs.timeMs)), usedBytes: imageFs.imageBytes },
      },
    }),
    ...(processes && { rlimit: { time, maxpid: processes.max, curproc: processes.current } }),
  };
  return {
    node: {
      nodeName: sample.nodeName,
      startTime: rfc3339(sample.bootMs),
      ...cpu(usage.cpu, rates.get('/'), time),
      ...memory(usage.memory, time, sample.memoryBytes),
      ...(onlyCpuAndMemory ? {} : rest),
    },
    pods: sample.pods.map(pod => podSummary(pod, rates, time, onlyCpuAndMemory)),
  };
}

function podSummary(pod: PodSample, rates: Rates, time: string, onlyCpuAndMemory: boolean): Part {
  const { name, namespace, uid, usage, containers } = pod;
  const written = containers.flatMap(c => (c.layer ? [c.layer.usedBytes + (c.logBytes ?? 0)] : []));
  const rest = {
    ...(pod.network && { network: network(pod.network, 'eth0', time) }),
    ...(written.length > 0 && {
      'ephemeral-storage': { time, usedBytes: written.reduce((sum, bytes) => sum + bytes, 0) },
    }),
    ...(usage.processes !== undefined && { process_stats: { process_count: usage.processes } }),
  };
  return {
    podRef: { name, namespace, uid },
    startTime: pod.startTime ?? null,
    containers: containers.map(c => containerSummary(c, rates, time, onlyCpuAndMemory)),
    ...cpu(usage.cpu, rates.get(pod.cgroup), time),
    ...memory(usage.memory, time),
    ...(onlyCpuAndMemory ? {} : rest),
  };
}

function containerSummary(
  container: ContainerSample,
  rates: Rates,
  time: string,
  onlyCpuAndMemory: boolean,
): Part {
  const { name, usage, layer, logBytes, startedMs, cgroup } = container;
  const rest = {
    ...(layer && {
      rootfs: { time: rfc3339(layer.timeMs), usedBytes: layer.usedBytes, inodesUsed: layer.inodesUsed },
    }),
    ...(logBytes !== undefined && { logs: { time, usedBytes: logBytes } }),
  };
  return {
    name,
    startTime: rfc3339(startedMs),
    ...cpu(usage.cpu, rates.get(cgroup), time),
    ...memory(usage.memory, time),
    ...(onlyCpuAndMemory ? {} : rest),
  };
}

function cpu(usage: CpuUsage | undefined, rate: number | undefined, time: string): Part {
  if (!usage) return {};
  return {
    cpu: {
      time,
      ...(rate !== undefined && { usageNanoCores: rate }),
      usageCoreNanoSeconds: Math.round(usage.totalNs),
    },
  };
}

function memory(usage: MemoryUsage | undefined, time: string, capacityBytes?: number): Part {
  if (!usage) return {};
  const { usageBytes, workingSetBytes, rssBytes, pageFaults, majorPageFaults } = usage;
  return {
    memory: {
      time,
      ...(capacityBytes !== undefined && { availableBytes: Math.max(0, capacityBytes - workingSetBytes) }),
      usageBytes,
      workingSetBytes,
      rssBytes,
      pageFaults,
      majorPageFaults,
    },
  };
}

function network(interfaces: readonly InterfaceUsage[], main: string | undefined, time: string): Part {
  const first = interfaces.find(({ name }) => name === main);
  return { time, ...(first ?? { name: '' }), interfaces };
}

function fileSystem(usage: FileSystemUsage, time: string): Part {
  const { availableBytes, capacityBytes, usedBytes, inodes, inodesFree } = usage;
  return {
    time,
    availableBytes,
    capacityBytes,
    usedBytes,
    inodesFree,
    inodes,
    inodesUsed: inodes - inodesFree,
  };
}
