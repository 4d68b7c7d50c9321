/** GET /metrics and /metrics/probes: the kubelet about itself, under upstream's names. Pure. */
import { nameOf, namespaceOf, uidOf } from '../pods/pod.ts';
import type { PodRuntimeState } from '../pods/runtime-state.ts';
import type { ProbeCount } from '../probes/probe-manager.ts';
import type { Family } from '../stats/exposition.ts';

export interface KubeletMetricsInput {
  readonly nodeName: string;
  readonly version: string;
  readonly states: readonly PodRuntimeState[];
  readonly process: {
    readonly residentBytes: number;
    readonly cpuSeconds: number;
    readonly uptimeSeconds: number;
  };
}

/** GET /metrics. */
export function kubeletMetrics({ nodeName, version, states, process }: KubeletMetricsInput): Family[] {
  const containers = states.flatMap(state => state.containers);
  const stateNames = [...new Set(containers.map(({ status }) => status.state))].sort();
  return [
    gauge('kubelet_node_name', "The node's name. The count is always 1.", 1, { node: nodeName }),
    gauge('kubernetes_build_info', 'The version this kubelet is of. The value is always 1.', 1, {
      git_version: version,
    }),
    gauge(
      'kubelet_running_pods',
      'Number of pods that have a running pod sandbox',
      states.filter(({ sandboxes }) => sandboxes.some(({ ready }) => ready)).length,
    ),
    {
      name: 'kubelet_running_containers',
      help: 'Number of containers currently running',
      type: 'gauge',
      samples: stateNames.map(state => ({
        labels: { container_state: state },
        value: containers.filter(({ status }) => status.state === state).length,
      })),
    },
    gauge(
      'process_resident_memory_bytes',
      'Resident memory of the process, all of its components together.',
      process.residentBytes,
    ),
    {
      ...gauge('process_cpu_seconds_total', 'User and system CPU time of the process.', process.cpuSeconds),
      type: 'counter',
    },
    gauge('process_uptime_seconds', 'Time since the start of the process.', process.uptimeSeconds),
  ];
}

function gauge(
  name: string,
  help: string,
  value: number,
  labels: Readonly<Record<string, string>> = {},
): Family {
  return { name, help, type: 'gauge', samples: [{ labels, value }] };
}

const RESULTS = { success: 'successful', failure: 'failed', unknown: 'unknown' } as const;

/** GET /metrics/probes. */
export function probeMetrics(counts: readonly ProbeCount[]): Family[] {
  return [
    {
      name: 'prober_probe_total',
      help: 'Cumulative number of a liveness, readiness or startup probe for a container by result.',
      type: 'counter',
      samples: counts.map(({ watched: { pod, container }, kind, result, count }) => ({
        labels: {
          container: container.name,
          namespace: namespaceOf(pod),
          pod: nameOf(pod),
          pod_uid: uidOf(pod),
          probe_type: `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`,
          result: RESULTS[result],
        },
        value: count,
      })),
    },
  ];
}
