/** GET /metrics/slis: what the checks of health have found, for those who reckon how available a server is. */
import { family, type Sample, TEXT_FORMAT } from '../metrics/text-format.ts';
import type { ApiResponse } from '../request.ts';

interface Observed {
  readonly type: string;
  readonly name: string;
  well: boolean;
  successes: number;
  failures: number;
}

export class HealthMetrics {
  private readonly observed = new Map<string, Observed>();

  observe(type: string, name: string, well: boolean): void {
    const key = `${type}/${name}`;
    const check = this.observed.get(key) ?? { type, name, well, successes: 0, failures: 0 };
    check.well = well;
    if (well) check.successes++;
    else check.failures++;
    this.observed.set(key, check);
  }

  response(): ApiResponse {
    const checks = [...this.observed.values()];
    const results = checks.map(({ name, type, well }): Sample => [{ name, type }, well ? 1 : 0]);
    const totals = checks.flatMap(({ name, type, successes, failures }): Sample[] => [
      ...(failures > 0 ? [[{ name, status: 'error', type }, failures] as const] : []),
      ...(successes > 0 ? [[{ name, status: 'success', type }, successes] as const] : []),
    ]);
    const text = [
      some('kubernetes_healthcheck', 'gauge', 'the result of a single healthcheck', results),
      some('kubernetes_healthchecks_total', 'counter', 'the results of all healthcheck', totals),
    ];
    return { status: 200, contentType: TEXT_FORMAT, body: Buffer.from(text.join('')) };
  }
}

/** What was never observed is no family. */
function some(name: string, type: 'counter' | 'gauge', what: string, samples: readonly Sample[]): string {
  return samples.length === 0 ? '' : family(name, type, `[STABLE] This metric records ${what}.`, samples);
}
