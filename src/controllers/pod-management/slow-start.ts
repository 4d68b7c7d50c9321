/**
 * Does something many times, one at first, then 2, 4, 8 … at once, and stops at the first batch
 * with a failure: what cannot work (a quota that is used up) is tried a few times, not thousands.
 */
export interface SlowStartResult {
  readonly succeeded: number;
  /** Tried, and failed. */
  readonly failed: number;
  readonly firstError: unknown;
}

/**
 * Attempts 1, 2, 4, … at once until all `count` are made or a batch has a failure; the rest is not
 * tried then.
 */
export async function slowStart(count: number, attempt: () => Promise<void>): Promise<SlowStartResult> {
  let succeeded = 0;
  for (let batch = 1; succeeded < count; batch *= 2) {
    const size = Math.min(batch, count - succeeded);
    const results = await Promise.allSettled(Array.from({ length: size }, attempt));
    const failures = results.filter(result => result.status === 'rejected');
    succeeded += size - failures.length;
    if (failures[0]) return { succeeded, failed: failures.length, firstError: failures[0].reason };
  }
  return { succeeded, failed: 0, firstError: undefined };
}
