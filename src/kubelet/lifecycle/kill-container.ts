/**
 * Ends one container: preStop hook, then SIGTERM, then SIGKILL when the grace period is over. The
 * hook's time counts; a container whose hook has used it all up still gets two seconds.
 */
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Container } from '../../generated/core-v1.ts';
import { type ContainerRuntime, isRuntimeError } from '../cri/contract.ts';
import type { ContainerRecord } from '../pods/runtime-state.ts';
import { runHook } from './hooks.ts';

type ContainerEvent = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

export interface KillInput {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly log: Logger;
  readonly record: ContainerRecord;
  /** Undefined when the spec is no longer known: no hook is run then. */
  readonly container: Container | undefined;
  readonly podIP: string;
  readonly graceSeconds: number;
  readonly message: string;
  readonly event: ContainerEvent;
}

const MIN_AFTER_HOOK_S = 2;

export async function killContainer(input: KillInput): Promise<void> {
  const { runtime, clock, record, container, event } = input;
  const id = record.status.id;
  event('Normal', 'Killing', input.message);
  let graceSeconds = input.graceSeconds;
  const handler = container?.lifecycle?.preStop;
  if (container && handler && graceSeconds > 0) {
    const startedMs = clock.monotonic();
    await runPreStop(input, handler, container, graceSeconds);
    const usedSeconds = Math.floor((clock.monotonic() - startedMs) / 1000);
    graceSeconds = Math.max(MIN_AFTER_HOOK_S, graceSeconds - usedSeconds);
  }
  try {
    await runtime.stopContainer(id, graceSeconds);
  } catch (error) {
    if (!isRuntimeError(error, 'NotFound')) throw error;
  }
}

async function runPreStop(
  input: KillInput,
  handler: NonNullable<NonNullable<Container['lifecycle']>['preStop']>,
  container: Container,
  timeoutSeconds: number,
): Promise<void> {
  const { runtime, clock, log, record, podIP, event } = input;
  const limit = new AbortController();
  const timer = clock.schedule(timeoutSeconds * 1000, () => limit.abort());
  const over = new Promise<void>(resolve => {
    limit.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const hook = runHook({
    runtime,
    clock,
    handler,
    container,
    containerId: record.status.id,
    podIP,
    timeoutSeconds,
    signal: limit.signal,
  }).catch((error: unknown) => {
    log.info('preStop hook failed', { container: container.name, error: String(error) });
    event('Warning', 'FailedPreStopHook', 'PreStopHook failed');
  });
  await Promise.race([hook, over]);
  timer.cancel();
}
