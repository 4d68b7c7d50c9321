/** GET /metrics/resource: what metrics-server reads (KEP-1206). Names, labels and units are upstream's. Pure. */
import type { Family, MetricSample } from './exposition.ts';
import type { ContainerSample, NodeSample, PodSample } from './sample.ts';

/** CPU in seconds since the start, memory in bytes. */
export function resourceMetrics(sample: NodeSample): Family[] {
  const { timeMs, usage, pods } = sample;
  const ofPods = (value: (pod: PodSample) => number | undefined): MetricSample[] =>
    pods.flatMap(pod => one({ namespace: pod.namespace, pod: pod.name }, value(pod), timeMs));
  const ofContainers = (value: (container: ContainerSample) => number | undefined): MetricSample[] =>
    pods.flatMap(({ name: pod, namespace, containers }) =>
      containers.flatMap(c => one({ container: c.name, namespace, pod }, value(c), timeMs)),
    );
  const seconds = (ns: number | undefined) => (ns === undefined ? undefined : ns / 1e9);
  return [
    {
      name: 'node_cpu_usage_seconds_total',
      help: 'Cumulative cpu time consumed by the node in core-seconds',
      type: 'counter',
      samples: one({}, seconds(usage.cpu?.totalNs), timeMs),
    },
    {
      name: 'node_memory_working_set_bytes',
      help: 'Current working set of the node in bytes',
      type: 'gauge',
      samples: one({}, usage.memory?.workingSetBytes, timeMs),
    },
    {
      name: 'container_cpu_usage_seconds_total',
      help: 'Cumulative cpu time consumed by the container in core-seconds',
      type: 'counter',
      samples: ofContainers(c => seconds(c.usage.cpu?.totalNs)),
    },
    {
      name: 'container_memory_working_set_bytes',
      help: 'Current working set of the container in bytes',
      type: 'gauge',
      samples: ofContainers(c => c.usage.memory?.workingSetBytes),
    },
    {
      name: 'container_start_time_seconds',
      help: 'Start time of the container since unix epoch in seconds',
      type: 'gauge',
      samples: pods.flatMap(({ name: pod, namespace, containers }) =>
        containers.map(c => ({
          labels: { container: c.name, namespace, pod },
          value: c.startedMs / 1000,
        })),
      ),
    },
    {
      name: 'pod_cpu_usage_seconds_total',
      help: 'Cumulative cpu time consumed by the pod in core-seconds',
      type: 'counter',
      samples: ofPods(pod => seconds(pod.usage.cpu?.totalNs)),
    },
    {
      name: 'pod_memory_working_set_bytes',
      help: 'Current working set of the pod in bytes',
      type: 'gauge',
      samples: ofPods(pod => pod.usage.memory?.workingSetBytes),
    },
    {
      name: 'resource_scrape_error',
      help: '1 if there was an error while getting container metrics, 0 otherwise',
      type: 'gauge',
      samples: [{ value: 0 }],
    },
  ];
}

function one(
  labels: Readonly<Record<string, string>>,
  value: number | undefined,
  timeMs: number,
): MetricSample[] {
  return value === undefined ? [] : [{ labels, value, timeMs }];
}
