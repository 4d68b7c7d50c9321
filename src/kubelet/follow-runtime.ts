/** Follows the runtime's events into the cache; after each (re)connection everything is listed once. */
import { type Clock, sleep } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { ContainerRuntime } from './cri/contract.ts';
import type { RuntimeCache } from './pods/runtime-cache.ts';

export interface FollowRuntimeOptions {
  readonly runtime: Pick<ContainerRuntime, 'events'>;
  readonly cache: Pick<RuntimeCache, 'load' | 'handle'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Why the runtime does not answer; undefined: it does, and the cache shows what it has. */
  readonly onState: (problem: string | undefined) => void;
}

const RETRY_MS = 500;

/** Until `signal` is aborted; never rejects. */
export async function followRuntime(options: FollowRuntimeOptions, signal: AbortSignal): Promise<void> {
  const { runtime, cache, clock, log, onState } = options;
  while (!signal.aborted) {
    // A connection that is lost takes its listing along: the next one makes another.
    const connection = new AbortController();
    try {
      for await (const event of runtime.events(signal, () => void load(options, connection.signal))) {
        // Not awaited: the runtime's record of one container must not hold up the others.
        void cache.handle(event).catch((error: unknown) => {
          log.warn('event not followed', { containerId: event.containerId, error: String(error) });
        });
      }
    } catch (error) {
      log.warn('event stream lost', { error: String(error) });
      onState(`container runtime is down: ${(error as Error).message}`);
    } finally {
      connection.abort();
    }
    await sleep(clock, RETRY_MS, signal);
  }
}

/** Lists everything, again until it works or `signal` is aborted. Never rejects. */
async function load(
  { cache, clock, log, onState }: FollowRuntimeOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await cache.load();
      if (!signal.aborted) onState(undefined);
      return;
    } catch (error) {
      log.warn('runtime not listed', { error: String(error) });
      await sleep(clock, RETRY_MS, signal);
    }
  }
}
