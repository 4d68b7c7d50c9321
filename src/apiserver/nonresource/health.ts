/**
 * /healthz, /livez and /readyz, each with its checks below it: /readyz/store. `?verbose` lists
 * them, `?exclude=name` leaves one out (Kubernetes documentation, "Kubernetes API health endpoints").
 */
import { goQuote } from '../../api/go-quote.ts';
import { type ApiResponse, textResponse } from '../request.ts';

export interface HealthCheck {
  readonly name: string;
  /** Undefined: well. A text: why not. */
  readonly problem: () => string | undefined;
  /** Only for readiness: a server that is closing lives, but takes no new work. */
  readonly readinessOnly?: boolean;
}

type Observe = (endpoint: string, name: string, well: boolean) => void;

/** Undefined: no such path. `observe` is told of every check that an endpoint made. */
export function health(
  path: string,
  query: URLSearchParams,
  checks: readonly HealthCheck[],
  observe: Observe = () => {},
): ApiResponse | undefined {
  const [, endpoint, name, ...more] = path.split('/');
  if (endpoint !== 'healthz' && endpoint !== 'livez' && endpoint !== 'readyz') return undefined;
  const own = checks.filter(check => endpoint === 'readyz' || !check.readinessOnly);
  if (name !== undefined) {
    const check = more.length === 0 ? own.find(c => c.name === name) : undefined;
    return check && one(check);
  }
  const seen = (name: string, well: boolean) => observe(endpoint, name, well);
  return all(endpoint, own, query.has('verbose'), query.getAll('exclude'), seen);
}

function one({ problem }: HealthCheck): ApiResponse {
  const why = problem();
  return why === undefined ? textResponse(200, 'ok') : textResponse(500, `internal server error: ${why}\n`);
}

/** Everybody may ask for it: what is wrong is told, but not why. The path of the check says that. */
function all(
  endpoint: string,
  checks: readonly HealthCheck[],
  verbose: boolean,
  excluded: readonly string[],
  seen: (name: string, well: boolean) => void,
): ApiResponse {
  const foreign = new Set(excluded);
  let failed = false;
  const lines = checks.map(({ name, problem }) => {
    if (foreign.delete(name)) return `[+]${name} excluded: ok`;
    const well = problem() === undefined;
    seen(name, well);
    if (well) return `[+]${name} ok`;
    failed = true;
    return `[-]${name} failed: reason withheld`;
  });
  if (!failed && !verbose) return textResponse(200, 'ok');
  if (foreign.size > 0) {
    const names = [...foreign].sort().map(goQuote).join(', ');
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`);
  }
  lines.push(`${endpoint} check ${failed ? 'failed' : 'passed'}`);
  return textResponse(failed ? 500 : 200, `${lines.join('\n')}\n`);
}
