/**
 * Sets of indexes of an Indexed Job as text: 0,3-5 (API reference: JobStatus.completedIndexes).
 * Intervals grow and do not touch; every index is below `completions`.
 */
export function countIndexes(text: string, completions: number): number | { readonly error: string } {
  if (text === '') return 0;
  let total = 0;
  let last = -1;
  for (const interval of text.split(',')) {
    const limits = interval.split('-');
    if (limits.length > 2) {
      return {
        error: `the fragment ${JSON.stringify(interval)} violates the requirement that an index interval can have at most two parts separated by '-'`,
      };
    }
    for (const [i, limit] of limits.entries()) {
      if (!/^[+]?[0-9]+$/.test(limit)) {
        return { error: `cannot convert string to integer for index: ${JSON.stringify(limit)}` };
      }
      const index = Number(limit);
      if (index >= completions) return { error: `too large index: ${JSON.stringify(limit)}` };
      if (last >= index) return { error: `non-increasing order, previous: ${last}, current: ${index}` };
      total += i === 0 ? 1 : index - last;
      last = index;
    }
  }
  return total;
}
