/**
 * GET /metrics in Prometheus' text format, under upstream's names, so that dashboards made for
 * Kubernetes find them. A registry of its own: several servers may live in one process.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ApiResponse } from '../request.ts';
import type { RequestInfo } from '../request-info.ts';

export interface RequestMetrics {
  /** Called when a request comes in; the function it gives when it is answered. */
  begin(info: RequestInfo): (code: number) => void;
  response(): Promise<ApiResponse>;
}

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

export interface MetricsOptions {
  readonly monotonicMs: () => number;
  /** The revision the cache shows. */
  readonly revision: () => number;
  /** There is such a resource: names that nobody serves would make as many series as a client likes to try. */
  readonly isServed: (info: RequestInfo) => boolean;
  /** More families in the same format. */
  readonly more?: () => string;
}

export function createMetrics({ monotonicMs, revision, isServed, more }: MetricsOptions): RequestMetrics {
  const registry = new Registry();
  addProcessMetrics(registry);
  const labelNames = ['verb', 'group', 'version', 'resource', 'subresource'] as const;
  const total = new Counter({
    name: 'apiserver_request_total',
    help: 'Requests answered, by verb, resource and HTTP response code.',
    labelNames: [...labelNames, 'code'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'apiserver_request_duration_seconds',
    help: 'Time from the arrival of a request to its answer; of a watch, to its first byte.',
    labelNames,
    buckets: SECONDS,
    registers: [registry],
  });
  const inflight = new Gauge({
    name: 'apiserver_current_inflight_requests',
    help: 'Requests being worked on, watches excluded.',
    labelNames: ['request_kind'],
    registers: [registry],
  });
  new Gauge({
    name: 'apiserver_storage_revision',
    help: 'The newest resourceVersion.',
    registers: [registry],
    collect() {
      this.set(revision());
    },
  });
  return {
    begin(info) {
      const started = monotonicMs();
      const { verb } = info;
      const served = info.resourceRequest && isServed(info);
      const { group, version, resource, subresource } = served ? info : NO_RESOURCE;
      const labels = { verb: verb.toUpperCase(), group, version, resource, subresource };
      const kind = { request_kind: MUTATING.has(verb) ? 'mutating' : 'readOnly' };
      inflight.inc(kind);
      return code => {
        inflight.dec(kind);
        total.inc({ ...labels, code: String(code) });
        duration.observe(labels, (monotonicMs() - started) / 1000);
      };
    },
    async response() {
      const text = `${await registry.metrics()}${more?.() ?? ''}`;
      return { status: 200, contentType: registry.contentType, body: Buffer.from(text) };
    },
  };
}

/** prom-client's own set samples the event loop a hundred times a second, also when nobody looks. */
function addProcessMetrics(registry: Registry): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  gauge('process_cpu_seconds_total', 'User and system CPU time.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  gauge('process_uptime_seconds', 'Time since the start of the process.', () => process.uptime());
  gauge('nodejs_heap_size_used_bytes', 'Heap in use.', () => process.memoryUsage().heapUsed);
}

const NO_RESOURCE = { group: '', version: '', resource: '', subresource: '' };
const MUTATING = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
