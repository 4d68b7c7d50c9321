import { expect, test } from 'vitest';
import { virtualClock } from '../../testing/virtual-clock.ts';
import { cadvisorMetrics } from './cadvisor-metrics.ts';
import { expose } from './exposition.ts';
import { RateMeter, ratesBetween } from './rates.ts';
import { resourceMetrics } from './resource-metrics.ts';
import type { NodeSample } from './sample.ts';
import { summary } from './summary.ts';

const START = Date.UTC(2026, 0, 1);
const memory = {
  usageBytes: 100,
  workingSetBytes: 60,
  rssBytes: 40,
  cacheBytes: 50,
  pageFaults: 1,
  majorPageFaults: 0,
};

function sample(seconds: number, over: Partial<NodeSample> = {}): NodeSample {
  const usage = (perSecond: number) => ({ cpu: { totalNs: seconds * perSecond }, memory, processes: 2 });
  return {
    timeMs: START + seconds * 1000,
    nodeName: 'n',
    bootMs: START - 1000,
    memoryBytes: 1000,
    cpus: 2,
    usage: usage(5e8),
    network: [{ name: 'eth0', rxBytes: 1, rxErrors: 0, txBytes: 2, txErrors: 0 }],
    defaultInterface: 'eth0',
    processes: { max: 1000, current: 80 },
    pods: [
      {
        name: 'p',
        namespace: 'default',
        uid: 'u',
        startTime: '2026-01-01T00:00:00Z',
        cgroup: '/k/podu',
        usage: usage(2e8),
        network: [{ name: 'eth0', rxBytes: 10, rxErrors: 0, txBytes: 20, txErrors: 0 }],
        containers: [
          {
            name: 'c',
            id: 'abc',
            image: 'docker.io/library/myapp:v1',
            startedMs: START,
            cgroup: '/k/podu/abc',
            usage: usage(1e8),
            layer: { timeMs: START, usedBytes: 4096, inodesUsed: 3 },
            logBytes: 100,
          },
        ],
      },
    ],
    ...over,
  };
}

test('a summary has the numbers of the node, its pods and containers, and the CPU between two samples', () => {
  const made = summary(sample(10), ratesBetween(sample(0), sample(10)), { onlyCpuAndMemory: false });
  const time = '2026-01-01T00:00:10Z';
  expect(made).toEqual({
    node: {
      nodeName: 'n',
      startTime: '2025-12-31T23:59:59Z',
      cpu: { time, usageNanoCores: 5e8, usageCoreNanoSeconds: 5e9 },
      memory: {
        time,
        availableBytes: 940,
        usageBytes: 100,
        workingSetBytes: 60,
        rssBytes: 40,
        pageFaults: 1,
        majorPageFaults: 0,
      },
      network: {
        time,
        name: 'eth0',
        rxBytes: 1,
        rxErrors: 0,
        txBytes: 2,
        txErrors: 0,
        interfaces: [{ name: 'eth0', rxBytes: 1, rxErrors: 0, txBytes: 2, txErrors: 0 }],
      },
      rlimit: { time, maxpid: 1000, curproc: 80 },
    },
    pods: [
      {
        podRef: { name: 'p', namespace: 'default', uid: 'u' },
        startTime: '2026-01-01T00:00:00Z',
        containers: [
          {
            name: 'c',
            startTime: '2026-01-01T00:00:00Z',
            cpu: { time, usageNanoCores: 1e8, usageCoreNanoSeconds: 1e9 },
            memory: {
              time,
              usageBytes: 100,
              workingSetBytes: 60,
              rssBytes: 40,
              pageFaults: 1,
              majorPageFaults: 0,
            },
            rootfs: { time: '2026-01-01T00:00:00Z', usedBytes: 4096, inodesUsed: 3 },
            logs: { time, usedBytes: 100 },
          },
        ],
        cpu: { time, usageNanoCores: 2e8, usageCoreNanoSeconds: 2e9 },
        memory: {
          time,
          usageBytes: 100,
          workingSetBytes: 60,
          rssBytes: 40,
          pageFaults: 1,
          majorPageFaults: 0,
        },
        network: {
          time,
          name: 'eth0',
          rxBytes: 10,
          rxErrors: 0,
          txBytes: 20,
          txErrors: 0,
          interfaces: [{ name: 'eth0', rxBytes: 10, rxErrors: 0, txBytes: 20, txErrors: 0 }],
        },
        'ephemeral-storage': { time, usedBytes: 4196 },
        process_stats: { process_count: 2 },
      },
    ],
  });
});

test('asked for CPU and memory only, it has nothing else', () => {
  const { node, pods } = summary(sample(10), new Map(), { onlyCpuAndMemory: true }) as {
    node: object;
    pods: object[];
  };
  expect(Object.keys(node)).toEqual(['nodeName', 'startTime', 'cpu', 'memory']);
  expect(Object.keys(pods[0] ?? {})).toEqual(['podRef', 'startTime', 'containers', 'cpu', 'memory']);
});

test('the first who asks waits for a second sample; later ones get the rate since the last', async () => {
  const clock = virtualClock({ startMs: START });
  let taken = 0;
  const meter = new RateMeter(async () => {
    taken++;
    return sample((clock.now() - START) / 1000);
  }, clock);
  const first = meter.measure({ disk: false });
  await clock.advance(200);
  expect((await first).rates.get('/')).toBe(5e8);
  expect(taken).toBe(2);
  await clock.advance(30_000);
  expect((await meter.measure({ disk: false })).rates.get('/k/podu/abc')).toBe(1e8);
  expect(taken).toBe(3);
  expect(clock.pending).toBe(0);
});

test('a counter that fell, and one that is new, have no rate yet', () => {
  const fresh = sample(0, { usage: { cpu: { totalNs: 1e12 } }, pods: [] });
  expect([...ratesBetween(fresh, sample(10)).keys()]).toEqual([]);
});

test('/metrics/resource has what metrics-server reads, with the time it was read at', () => {
  expect(
    expose(resourceMetrics(sample(10))),
  ).toBe(`# HELP node_cpu_usage_seconds_total Cumulative cpu time consumed by the node in core-seconds
# TYPE node_cpu_usage_seconds_total counter
node_cpu_usage_seconds_total 5 1767225610000
# HELP node_memory_working_set_bytes Current working set of the node in bytes
# TYPE node_memory_working_set_bytes gauge
node_memory_working_set_bytes 60 1767225610000
# HELP container_cpu_usage_seconds_total Cumulative cpu time consumed by the container in core-seconds
# TYPE container_cpu_usage_seconds_total counter
container_cpu_usage_seconds_total{container="c",namespace="default",pod="p"} 1 1767225610000
# HELP container_memory_working_set_bytes Current working set of the container in bytes
# TYPE container_memory_working_set_bytes gauge
container_memory_working_set_bytes{container="c",namespace="default",pod="p"} 60 1767225610000
# HELP container_start_time_seconds Start time of the container since unix epoch in seconds
# TYPE container_start_time_seconds gauge
container_start_time_seconds{container="c",namespace="default",pod="p"} 1767225600
# HELP pod_cpu_usage_seconds_total Cumulative cpu time consumed by the pod in core-seconds
# TYPE pod_cpu_usage_seconds_total counter
pod_cpu_usage_seconds_total{namespace="default",pod="p"} 2 1767225610000
# HELP pod_memory_working_set_bytes Current working set of the pod in bytes
# TYPE pod_memory_working_set_bytes gauge
pod_memory_working_set_bytes{namespace="default",pod="p"} 60 1767225610000
# HELP resource_scrape_error 1 if there was an error while getting container metrics, 0 otherwise
# TYPE resource_scrape_error gauge
resource_scrape_error 0
`);
});

test('/metrics/cadvisor tells the machine, pods and containers apart by their labels', () => {
  const lines = expose(cadvisorMetrics(sample(10))).split('\n');
  expect(lines.filter(line => line.startsWith('container_memory_rss{'))).toEqual([
    'container_memory_rss{container="",id="/",image="",name="",namespace="",pod=""} 40 1767225610000',
    'container_memory_rss{container="",id="/k/podu",image="",name="",namespace="default",pod="p"} 40 1767225610000',
    'container_memory_rss{container="c",id="/k/podu/abc",image="docker.io/library/myapp:v1",name="abc",namespace="default",pod="p"} 40 1767225610000',
  ]);
  expect(lines).toContain('machine_cpu_cores 2');
  expect(lines.filter(line => line.startsWith('container_network_receive_bytes_total{'))).toHaveLength(2);
});

test('label values are escaped', () => {
  expect(
    expose([{ name: 'a', help: 'b', type: 'gauge', samples: [{ labels: { x: '"\\\n' }, value: 1 }] }]),
  ).toBe('# HELP a b\n# TYPE a gauge\na{x="\\"\\\\\\n"} 1\n');
});
