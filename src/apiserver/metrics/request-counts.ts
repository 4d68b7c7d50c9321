/**
 * Requests by what they were for and how they were answered, in plain numbers: a request finds its
 * series by one key, and /metrics makes text of them when it is asked.
 */
import { METHODS } from 'node:http';
import type { RequestInfo } from '../request-info.ts';
import { Histogram } from './histogram.ts';
import { family, histogramFamily, type Labels, type Sample } from './text-format.ts';

export interface RequestCountsOptions {
  readonly monotonicMs: () => number;
  /** There is such a resource: names that nobody serves would make as many series as a client likes to try. */
  readonly isServed: (info: RequestInfo) => boolean;
}

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];
const MUTATING = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
const VERBS = new Set(['get', 'list', 'watch', ...MUTATING, ...METHODS.map(method => method.toLowerCase())]);

/** Requests of one verb for one resource. */
interface Series {
  readonly labels: Labels;
  readonly kind: 'mutating' | 'readOnly';
  /** By the code they were answered with. */
  readonly answered: Map<number, number>;
  readonly seconds: Histogram;
}

type Named = Pick<RequestInfo, 'verb' | 'group' | 'version' | 'resource' | 'subresource'>;

export class RequestCounts {
  private readonly series = new Map<string, Series>();
  private readonly inflight = { mutating: 0, readOnly: 0 };

  constructor(private readonly options: RequestCountsOptions) {}

  /** Called when a request comes in; the function it gives, once, when it is answered. */
  begin(info: RequestInfo): (code: number) => void {
    const { monotonicMs } = this.options;
    const started = monotonicMs();
    const { kind, answered, seconds } = this.series.get(keyOf(info)) ?? this.firstOf(info);
    this.inflight[kind]++;
    return code => {
      this.inflight[kind]--;
      answered.set(code, (answered.get(code) ?? 0) + 1);
      seconds.observe((monotonicMs() - started) / 1000);
    };
  }

  text(): string {
    const all = [...this.series.values()];
    return [
      family(
        'apiserver_request_total',
        'counter',
        'Requests answered, by verb, resource and HTTP response code.',
        all.flatMap(({ labels, answered }) =>
          [...answered].map(([code, count]): Sample => [{ ...labels, code: String(code) }, count]),
        ),
      ),
      histogramFamily(
        'apiserver_request_duration_seconds',
        'Time from the arrival of a request to its answer; of a watch, to its first byte.',
        all.map(({ labels, seconds }) => [labels, seconds] as const),
      ),
      family(
        'apiserver_current_inflight_requests',
        'gauge',
        'Requests being worked on, watches that have begun excluded.',
        Object.entries(this.inflight).map(([kind, count]): Sample => [{ request_kind: kind }, count]),
      ),
    ].join('');
  }

  /** The series of a request that has none under its own name. */
  private firstOf(info: RequestInfo): Series {
    const verb = VERBS.has(info.verb) ? info.verb : 'other';
    const served = info.resourceRequest && this.options.isServed(info);
    const { group, version, resource, subresource } = served ? info : NO_RESOURCE;
    const named = { verb, group, version, resource, subresource };
    const key = keyOf(named);
    let series = this.series.get(key);
    if (!series) {
      series = {
        labels: { ...named, verb: verb.toUpperCase() },
        kind: MUTATING.has(verb) ? 'mutating' : 'readOnly',
        answered: new Map(),
        seconds: new Histogram(SECONDS),
      };
      this.series.set(key, series);
    }
    return series;
  }
}

const keyOf = ({ verb, group, version, resource, subresource }: Named) =>
  `${verb} ${group}/${version}/${resource}/${subresource}`;

const NO_RESOURCE = { group: '', version: '', resource: '', subresource: '' };
