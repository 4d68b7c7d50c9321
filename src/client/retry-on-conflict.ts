/** Read, change, write: again while somebody else wrote in between (409 Conflict). */
import { isStatusError } from '../api/status-error.ts';
import { Backoff } from '../base/backoff.ts';
import { type Clock, sleep } from '../base/clock.ts';
import type { Random } from '../base/random.ts';

export interface RetryOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** How often it is tried at most (1 or more). Absent: 5. */
  readonly attempts?: number;
}

/** `attempt` reads afresh and writes; any other error, and the last conflict, is thrown on. */
export async function retryOnConflict<R>(options: RetryOptions, attempt: () => Promise<R>): Promise<R> {
  const { clock, random, attempts = 5 } = options;
  const backoff = new Backoff({ baseMs: 10, maxMs: 100, factor: 1.5 }, random);
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (tried >= attempts || !isStatusError(error, 'Conflict')) throw error;
      await sleep(clock, backoff.next());
    }
  }
}
