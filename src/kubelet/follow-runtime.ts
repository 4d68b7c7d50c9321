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

const RECONNECT_MS = 500;

/** Until `signal` is aborted; never rejects. */
export async function followRuntime(options: FollowRuntimeOptions, signal: AbortSignal): Promise<void> {
  const { runtime, cache, clock, log, onState } = options;
  const load = () => {
    cache.load().then(
      () => onState(undefined),
      (error: unknown) => log.warn('runtime not listed', { error: String(error) }),
    );
  };
  while (!signal.aborted) {
    try {
      for await (const event of runtime.events(signal, load)) {
        // Not awaited: the runtime's record of one container must not hold up the others.
        void cache.handle(event).catch((error: unknown) => {
          log.warn('event not followed', { containerId: event.containerId, error: String(error) });
        });
      }
    } catch (error) {
      log.warn('event stream lost', { error: String(error) });
      onState(`container runtime is down: ${(error as Error).message}`);
    }
    await sleep(clock, RECONNECT_MS, signal);
  }
}
