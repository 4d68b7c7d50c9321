/** Prometheus' text format, version 0.0.4. Every function gives lines, each with its end. */
import type { Histogram } from './histogram.ts';

export const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8';

export type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [labels: Labels, value: number];

export function family(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  samples: readonly Sample[],
): string {
  return `${head(name, type, help)}${samples.map(([labels, value]) => line(name, labels, value)).join('')}`;
}

/** Those that nothing was observed of are left out. */
export function histogramFamily(
  name: string,
  help: string,
  series: readonly (readonly [Labels, Histogram])[],
): string {
  let text = head(name, 'histogram', help);
  for (const [labels, { bounds, counts, sum, count }] of series) {
    if (count === 0) continue;
    let below = 0;
    bounds.forEach((bound, i) => {
      below += counts[i] as number;
      text += line(`${name}_bucket`, { ...labels, le: String(bound) }, below);
    });
    text += line(`${name}_bucket`, { ...labels, le: '+Inf' }, count);
    text += line(`${name}_sum`, labels, sum);
    text += line(`${name}_count`, labels, count);
  }
  return text;
}

const head = (name: string, type: string, help: string) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;

/** Label values are names of objects and words of ours: nothing in them needs escaping. */
function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${text}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`;
}
