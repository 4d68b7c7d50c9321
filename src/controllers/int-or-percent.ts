/** Numbers that may be percentages of a total: 2 or '25%'. */
import type { IntOrString } from '../generated/machinery.ts';

/** What is neither is refused by the API server, and counts as 0 here. */
export function scaledValue(value: IntOrString, total: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const match = /^(\d+)%$/.exec(value);
  if (!match) return 0;
  const exact = (Number(match[1]) * total) / 100;
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact);
}
