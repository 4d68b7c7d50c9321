/** Runs the components of the server, and ends them in the reverse order. */
import type { Clock } from '../../base/clock.ts';
import { sleep } from '../../base/clock.ts';
import { type Component, startComponent } from './component.ts';
import type { ComponentLogs } from './logging.ts';

export interface RunningComponents {
  /** Rejects when a component ends without being told to. */
  readonly failure: Promise<never>;
  stop(): Promise<void>;
}

/** A component that hangs must not keep the others, and the store, from ending in order. */
const STOP_LIMIT_MS = 3_000;

export function runComponents(
  components: readonly Component[],
  logs: ComponentLogs,
  clock: Clock,
  version: string,
): RunningComponents {
  let fail: (error: Error) => void = () => {};
  const failure = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // Whoever is still starting looks at it later.
  failure.catch(() => {});
  const running = components.map(component => {
    logs.of(component.name).info('started', { pid: process.pid, version });
    return startComponent(component, fail);
  });
  return {
    failure,
    async stop() {
      for (const component of running.toReversed()) {
        logs.of(component.name).info('stopping');
        const inTime = await Promise.race([
          component.stop().then(() => true),
          sleep(clock, STOP_LIMIT_MS).then(() => false),
        ]);
        if (!inTime) logs.of(component.name).warn('does not end; the others go on without it');
      }
    },
  };
}
