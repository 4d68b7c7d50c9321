/**
 * What the one-process cluster is made of. A component is started when what it needs runs, and
 * stopped before it: the order is that of the list, and its reverse.
 */
import { setMaxListeners } from 'node:events';

export interface ComponentHealth {
  readonly healthy: boolean;
  /** Why not, for people; '' when it is healthy. */
  readonly message: string;
}

export interface Component {
  /** As Kubernetes calls it, without the node's name: kube-scheduler. */
  readonly name: string;
  /** Resolves when it has ended after `signal` was aborted. A rejection ends the whole server. */
  run(signal: AbortSignal): Promise<void>;
  health(): ComponentHealth;
}

export const HEALTHY: ComponentHealth = { healthy: true, message: '' };

export interface RunningComponent extends Component {
  stop(): Promise<void>;
}

/** Starts a component; `onFailure` is called when it ends without being told to. */
export function startComponent(component: Component, onFailure: (error: Error) => void): RunningComponent {
  const controller = new AbortController();
  // Every informer, timer and queue of a component listens to its signal: many are no leak.
  setMaxListeners(0, controller.signal);
  let failed: string | undefined;
  const ended = component.run(controller.signal).then(
    () => {
      if (!controller.signal.aborted) fail(new Error(`${component.name} ended by itself`));
    },
    (cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      fail(new Error(`${component.name} failed: ${reason}`, { cause }));
    },
  );
  const fail = (error: Error) => {
    failed = error.message;
    if (!controller.signal.aborted) onFailure(error);
  };
  return {
    name: component.name,
    run: signal => component.run(signal),
    health: () => (failed === undefined ? component.health() : { healthy: false, message: failed }),
    async stop() {
      controller.abort();
      await ended;
    },
  };
}
