/**
 * GET /metrics/cadvisor: per cgroup, as cAdvisor names it, of what the kernel counts here. A pod's
 * own cgroup has the labels of the pod and an empty container, the machine's has the id "/". Pure.
 */
import type { CgroupUsage } from './cgroup-usage.ts';
import type { Family, MetricSample } from './exposition.ts';
import type { NodeSample } from './sample.ts';

interface Group {
  readonly labels: Readonly<Record<string, string>>;
  readonly usage: CgroupUsage;
}

/** CPU in seconds since the start, everything else in bytes or counts. */
export function cadvisorMetrics(sample: NodeSample): Family[] {
  const { timeMs } = sample;
  const groups = [...groupsOf(sample)];
  const family = (
    name: string,
    help: string,
    type: Family['type'],
    value: (usage: CgroupUsage) => number | undefined,
    extra: Readonly<Record<string, string>> = {},
  ): Family => ({
    name,
    help,
    type,
    samples: groups.flatMap(({ labels, usage }): MetricSample[] => {
      const found = value(usage);
      return found === undefined ? [] : [{ labels: { ...labels, ...extra }, value: found, timeMs }];
    }),
  });
  const seconds = (ns: number | undefined) => (ns === undefined ? undefined : ns / 1e9);
  return [
    family(
      'container_cpu_usage_seconds_total',
      'Cumulative cpu time consumed in seconds.',
      'counter',
      u => seconds(u.cpu?.totalNs),
      { cpu: 'total' },
    ),
    family(
      'container_cpu_user_seconds_total',
      'Cumulative user cpu time consumed in seconds.',
      'counter',
      u => seconds(u.cpu?.userNs),
    ),
    family(
      'container_cpu_system_seconds_total',
      'Cumulative system cpu time consumed in seconds.',
      'counter',
      u => seconds(u.cpu?.systemNs),
    ),
    family(
      'container_memory_usage_bytes',
      'Current memory usage in bytes, including all memory regardless of when it was accessed',
      'gauge',
      u => u.memory?.usageBytes,
    ),
    family(
      'container_memory_working_set_bytes',
      'Current working set in bytes.',
      'gauge',
      u => u.memory?.workingSetBytes,
    ),
    family('container_memory_rss', 'Size of RSS in bytes.', 'gauge', u => u.memory?.rssBytes),
    family(
      'container_memory_cache',
      'Number of bytes of page cache memory.',
      'gauge',
      u => u.memory?.cacheBytes,
    ),
    family(
      'container_processes',
      'Number of processes running inside the container.',
      'gauge',
      u => u.processes,
    ),
    {
      name: 'container_start_time_seconds',
      help: 'Start time of the container since unix epoch in seconds.',
      type: 'gauge',
      samples: sample.pods.flatMap(pod =>
        pod.containers.map(c => ({
          labels: containerLabels(pod, c),
          value: Math.floor(c.startedMs / 1000),
          timeMs,
        })),
      ),
    },
    ...networkFamilies(sample),
    machine('machine_cpu_cores', 'Number of logical CPU cores.', sample.cpus),
    machine('machine_memory_bytes', 'Amount of memory installed on the machine.', sample.memoryBytes),
  ];
}

function* groupsOf(sample: NodeSample): Generator<Group> {
  yield { labels: labelsOf({ id: '/' }), usage: sample.usage };
  for (const pod of sample.pods) {
    yield { labels: podLabels(pod), usage: pod.usage };
    for (const container of pod.containers)
      yield { labels: containerLabels(pod, container), usage: container.usage };
  }
}

type Pod = NodeSample['pods'][number];
type Container = Pod['containers'][number];

const podLabels = ({ name: pod, namespace, cgroup: id }: Pod) => labelsOf({ id, namespace, pod });
const containerLabels = ({ name: pod, namespace }: Pod, { name: container, cgroup, image, id }: Container) =>
  labelsOf({ container, id: cgroup, image, name: id, namespace, pod });

const EMPTY_LABELS = { container: '', id: '', image: '', name: '', namespace: '', pod: '' };
const labelsOf = (labels: Partial<typeof EMPTY_LABELS>) => ({ ...EMPTY_LABELS, ...labels });

function networkFamilies({ pods, network, timeMs }: NodeSample): Family[] {
  const interfaces = [
    ...network.map(usage => ({ labels: labelsOf({ id: '/' }), usage })),
    ...pods.flatMap(pod => (pod.network ?? []).map(usage => ({ labels: podLabels(pod), usage }))),
  ];
  const family = (
    name: string,
    help: string,
    key: 'rxBytes' | 'rxErrors' | 'txBytes' | 'txErrors',
  ): Family => ({
    name,
    help,
    type: 'counter',
    samples: interfaces.map(({ labels, usage }) => ({
      labels: { ...labels, interface: usage.name },
      value: usage[key],
      timeMs,
    })),
  });
  return [
    family('container_network_receive_bytes_total', 'Cumulative count of bytes received', 'rxBytes'),
    family(
      'container_network_receive_errors_total',
      'Cumulative count of errors encountered while receiving',
      'rxErrors',
    ),
    family('container_network_transmit_bytes_total', 'Cumulative count of bytes transmitted', 'txBytes'),
    family(
      'container_network_transmit_errors_total',
      'Cumulative count of errors encountered while transmitting',
      'txErrors',
    ),
  ];
}

function machine(name: string, help: string, value: number): Family {
  return { name, help, type: 'gauge', samples: [{ value }] };
}
