/**
 * /healthz, /livez and /readyz, each with its checks below it: /readyz/store. `?verbose` lists
 * them, `?exclude=name` leaves one out (Kubernetes documentation, "Kubernetes API health endpoints").
 */
import { type ApiResponse, textResponse } from '../request.ts';

export interface HealthCheck {
  readonly name: string;
  /** Undefined: well. A text: why not. */
  readonly problem: () => string | undefined;
  /** Only for readiness: a server that is closing lives, but takes no new work. */
  readonly readinessOnly?: boolean;
}

/** Undefined: no such path. */
export function health(
  path: string,
  query: URLSearchParams,
  checks: readonly HealthCheck[],
): ApiResponse | undefined {
  const [, endpoint, name, ...more] = path.split('/');
  if (endpoint !== 'healthz' && endpoint !== 'livez' && endpoint !== 'readyz') return undefined;
  const own = checks.filter(check => endpoint === 'readyz' || !check.readinessOnly);
  if (name !== undefined) {
    const check = more.length === 0 ? own.find(c => c.name === name) : undefined;
    return check ? summary(endpoint, [check], false) : undefined;
  }
  const excluded = new Set(query.getAll('exclude'));
  return summary(
    endpoint,
    own.filter(c => !excluded.has(c.name)),
    query.has('verbose'),
    excluded,
  );
}

function summary(
  endpoint: string,
  checks: readonly HealthCheck[],
  verbose: boolean,
  excluded: ReadonlySet<string> = new Set(),
): ApiResponse {
  const results = checks.map(check => ({ name: check.name, problem: check.problem() }));
  const failed = results.some(r => r.problem !== undefined);
  if (!failed && !verbose) return textResponse(200, 'ok');
  const lines = results.map(r =>
    r.problem === undefined ? `[+]${r.name} ok` : `[-]${r.name} failed: ${r.problem}`,
  );
  for (const name of excluded) lines.push(`[+]${name} excluded: ok`);
  lines.push(`${endpoint} check ${failed ? 'failed' : 'passed'}`);
  return textResponse(failed ? 500 : 200, `${lines.join('\n')}\n`);
}
