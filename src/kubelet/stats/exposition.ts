/**
 * Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats). The values are
 * read when they are asked for; a registry that holds them in between would hold nothing.
 */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly samples: readonly MetricSample[];
}

export interface MetricSample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
  /** When it was read, milliseconds since the epoch; absent: now. */
  readonly timeMs?: number;
}

/** Families without samples are left out. */
export function expose(families: readonly Family[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, type, samples }) =>
      [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples.map(s => line(name, s))].join('\n'),
    )
    .map(text => `${text}\n`)
    .join('');
}

function line(name: string, { labels = {}, value, timeMs }: MetricSample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  const set = pairs.length > 0 ? `{${pairs.join(',')}}` : '';
  return `${name}${set} ${value}${timeMs === undefined ? '' : ` ${timeMs}`}`;
}

const escaped = (text: string) =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
