/**
 * Ends one container: preStop hook, then its turn (sidecars wait for those they serve), then SIGTERM,
 * then SIGKILL when the grace period is over. All that comes before counts; a container for which it
 * has used everything up still gets two seconds. (Upstream gives two seconds to every container, also
 * where the grace period is one second; here it is what was asked for.)
 */
import { type Clock, sleep } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Container } from '../../generated/core-v1.ts';
import { type ContainerRuntime, isRuntimeError } from '../cri/contract.ts';
import type { NodePod } from '../pods/pod.ts';
import type { ContainerRecord } from '../pods/runtime-state.ts';
import { runHook } from './hooks.ts';
import { unlessAborted } from './unless-aborted.ts';

type ContainerEvent = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

export interface KillInput {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly log: Logger;
  readonly record: ContainerRecord;
  readonly pod: NodePod;
  /** Undefined when the spec is no longer known: no hook is run then. */
  readonly container: Container | undefined;
  /** Where an httpGet hook is sent. */
  readonly podIP: string;
  /** For hook, turn and process together. */
  readonly graceSeconds: number;
  /** Of the event Killing. */
  readonly message: string;
  readonly event: ContainerEvent;
  /** Settles when those that must end before this one have. Absent: it waits for nobody. */
  readonly turn?: Promise<unknown>;
  /** Aborted: the grace period has become shorter, and hook and turn are waited for no longer. */
  readonly hurry?: AbortSignal;
  /** Aborted: the kubelet ends, and leaves the container as it is. */
  readonly leaving: AbortSignal;
}

/** What is left at least after a hook or the wait for a turn: upstream's minimumGracePeriodInSeconds. */
const MIN_GRACE_S = 2;

/**
 * Resolves when the runtime says that the container has ended. One that is gone already is no error.
 * @throws when `leaving` is aborted; a hook that was begun runs on
 */
export async function killContainer(input: KillInput): Promise<void> {
  const { runtime, clock, record, container, turn, hurry, leaving } = input;
  input.event('Normal', 'Killing', input.message);
  const startedMs = clock.monotonic();
  const usedSeconds = () => Math.floor((clock.monotonic() - startedMs) / 1000);
  const leftSeconds = () => input.graceSeconds - usedSeconds();
  const wait = (work: Promise<unknown>) => unlessAborted(within(clock, leftSeconds(), work, hurry), leaving);
  const handler = container?.lifecycle?.preStop;
  if (container && handler && leftSeconds() > 0) await wait(runPreStop(input, handler, container));
  if (turn && leftSeconds() > 0) await wait(turn);
  leaving.throwIfAborted();
  try {
    const graceSeconds = usedSeconds() > 0 ? Math.max(MIN_GRACE_S, leftSeconds()) : input.graceSeconds;
    const stopping = runtime.stopContainer(record.status.id, graceSeconds);
    await unlessAborted(stopping, leaving);
  } catch (error) {
    if (!isRuntimeError(error, 'NotFound')) throw error;
  }
}

async function runPreStop(
  input: KillInput,
  handler: NonNullable<NonNullable<Container['lifecycle']>['preStop']>,
  container: Container,
): Promise<void> {
  const { runtime, clock, log, record, pod, podIP, event } = input;
  try {
    await runHook({ runtime, clock, handler, container, pod, containerId: record.status.id, podIP });
  } catch (error) {
    log.info('preStop hook failed', { container: container.name, error: String(error) });
    event('Warning', 'FailedPreStopHook', 'PreStopHook failed');
  }
}

/** Resolves when `work` has settled, the time is over or `hurry` is aborted, whichever is first. */
async function within(
  clock: Clock,
  seconds: number,
  work: Promise<unknown>,
  hurry: AbortSignal | undefined,
): Promise<void> {
  const limit = new AbortController();
  const ends = hurry ? AbortSignal.any([limit.signal, hurry]) : limit.signal;
  const over = sleep(clock, seconds * 1000, ends);
  await Promise.race([Promise.allSettled([work]), over]);
  limit.abort();
}
