/**
 * How the seats of the server are divided among priority levels that lend and borrow (KEP-1040,
 * "Dispatching"): everybody gets the same part of what they ask for, within their bounds.
 */

export interface ShareProblem {
  /** What is asked for. At least `lowerBound`. */
  readonly target: number;
  readonly lowerBound: number;
  readonly upperBound: number;
}

export interface Shares {
  /** One for each problem. */
  readonly seats: readonly number[];
  /** The part of its target that who runs into no bound gets. */
  readonly fairFraction: number;
}

/** Nobody asks for nothing: a proportion of zero would be no proportion. */
const LEAST_TARGET = 0.001;
const EPSILON = 1e-7;

/**
 * Finds f so that the sum of `clamp(f × target, lowerBound, upperBound)` is `total`.
 * Undefined: there is none, because the bounds leave no room for it.
 */
export function fairShares(total: number, problems: readonly ShareProblem[]): Shares | undefined {
  const items = problems.map(p => ({ ...p, target: Math.max(p.target, LEAST_TARGET) }));
  const given = (f: number) => items.map(p => Math.min(p.upperBound, Math.max(p.lowerBound, f * p.target)));
  const sum = (f: number) => given(f).reduce((a, b) => a + b, 0);
  // The sum is a line between neighbouring bounds; find the piece that passes `total`.
  const bends = items.flatMap(p => [p.lowerBound / p.target, p.upperBound / p.target]).sort((a, b) => a - b);
  const first = bends[0];
  const last = bends.at(-1);
  if (first === undefined || last === undefined)
    return total === 0 ? { seats: [], fairFraction: 0 } : undefined;
  if (sum(first) - total > EPSILON || total - sum(last) > EPSILON) return undefined;
  let low = first;
  let high = last;
  for (const bend of bends) {
    if (sum(bend) <= total) low = bend;
    else {
      high = bend;
      break;
    }
  }
  const [below, above] = [sum(low), sum(high)];
  const fairFraction = above > below ? low + ((total - below) / (above - below)) * (high - low) : low;
  return { seats: given(fairFraction), fairFraction };
}
