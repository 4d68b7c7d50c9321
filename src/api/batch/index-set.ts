/**
 * Sets of indexes of an Indexed Job as text: 0,3-5 (API reference: JobStatus.completedIndexes).
 * Intervals grow and do not touch; every index is below `completions`.
 */
interface Failure {
  readonly error: string;
}

export function countIndexes(text: string, completions: number): number | Failure {
  if (text === '') return 0;
  let total = 0;
  let last = -1;
  for (const part of text.split(',')) {
    const interval = parseInterval(part, completions);
    if ('error' in interval) return interval;
    const { from, to } = interval;
    if (last >= from) return { error: `non-increasing order, previous: ${last}, current: ${from}` };
    total += to - from + 1;
    last = to;
  }
  return total;
}

/** The first index that is in both sets; intervals that cannot be read are in none. */
export function sharedIndex(one: string, other: string, completions: number): number | undefined {
  const intervals = (text: string) =>
    text.split(',').flatMap(part => {
      const interval = parseInterval(part, completions);
      return 'error' in interval ? [] : [interval];
    });
  const [left, right] = [intervals(one), intervals(other)];
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    const [a, b] = [left[i], right[j]];
    if (!a || !b) return undefined;
    if (a.from <= b.to && b.from <= a.to) return Math.max(a.from, b.from);
    if (a.from <= b.from) i++;
    else j++;
  }
  return undefined;
}

function parseInterval(
  text: string,
  completions: number,
): { readonly from: number; readonly to: number } | Failure {
  const limits = text.split('-');
  if (limits.length > 2) {
    return {
      error: `the fragment ${JSON.stringify(text)} violates the requirement that an index interval can have at most two parts separated by '-'`,
    };
  }
  const indexes: number[] = [];
  for (const limit of limits) {
    if (!/^[+]?[0-9]+$/.test(limit)) {
      return { error: `cannot convert string to integer for index: ${JSON.stringify(limit)}` };
    }
    if (Number(limit) >= completions) return { error: `too large index: ${JSON.stringify(limit)}` };
    indexes.push(Number(limit));
  }
  const [from = 0, to] = indexes;
  if (to === undefined) return { from, to: from };
  return from < to ? { from, to } : { error: `non-increasing order, previous: ${from}, current: ${to}` };
}
