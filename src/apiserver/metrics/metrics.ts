/**
 * GET /metrics in Prometheus' text format, under upstream's names, so that dashboards made for
 * Kubernetes find them. Read when somebody asks: nothing is sampled meanwhile.
 */
import type { ApiResponse } from '../request.ts';
import { RequestCounts, type RequestCountsOptions } from './request-counts.ts';
import { family, TEXT_FORMAT } from './text-format.ts';

export interface MetricsOptions extends RequestCountsOptions {
  /** The revision the cache shows. */
  readonly revision: () => number;
  /** More families in the same format. */
  readonly more?: () => string;
}

export class Metrics {
  readonly requests: RequestCounts;

  constructor(private readonly options: MetricsOptions) {
    this.requests = new RequestCounts(options);
  }

  response(): ApiResponse {
    const { revision, more } = this.options;
    const text = [
      processText(),
      this.requests.text(),
      gauge('apiserver_storage_revision', 'The newest resourceVersion.', revision()),
      more?.() ?? '',
    ].join('');
    return { status: 200, contentType: TEXT_FORMAT, body: Buffer.from(text) };
  }
}

function processText(): string {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  return [
    gauge('process_resident_memory_bytes', 'Resident memory.', rss),
    gauge('process_cpu_seconds_total', 'User and system CPU time.', (user + system) / 1e6),
    gauge('process_uptime_seconds', 'Time since the start of the process.', process.uptime()),
    gauge('nodejs_heap_size_used_bytes', 'Heap in use.', heapUsed),
  ].join('');
}

const gauge = (name: string, help: string, value: number) => family(name, 'gauge', help, [[{}, value]]);
