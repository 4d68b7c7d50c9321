/** Lifecycle hooks: exec in the container, HTTP GET, sleep. */
import { type Clock, sleep } from '../../base/clock.ts';
import type { Container, LifecycleHandler } from '../../generated/core-v1.ts';
import { type ContainerRuntime, isRuntimeError } from '../cri/contract.ts';
import { httpTarget } from './handler.ts';
import { httpGet } from './http-get.ts';

export interface HookInput {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly handler: LifecycleHandler;
  readonly container: Container;
  readonly containerId: string;
  readonly podIP: string;
  /** Seconds; 0: no limit. */
  readonly timeoutSeconds: number;
  readonly signal?: AbortSignal | undefined;
}

const HTTP_LIMIT_MS = 600_000;

/** @throws when the hook fails; the message says how. */
export async function runHook(input: HookInput): Promise<void> {
  const { runtime, clock, handler, container, containerId, timeoutSeconds } = input;
  if (handler.exec) {
    const command = handler.exec.command ?? [];
    const result = await runtime.execSync(containerId, command, timeoutSeconds).catch((error: unknown) => {
      if (isRuntimeError(error, 'DeadlineExceeded'))
        throw new Error(`command ${JSON.stringify(command)} timed out`);
      throw error;
    });
    if (result.exitCode !== 0) {
      const output = Buffer.concat([result.stdout, result.stderr]).toString().slice(0, 1024);
      throw new Error(`command ${JSON.stringify(command)} exited with ${result.exitCode}: ${output}`);
    }
    return;
  }
  if (handler.httpGet) {
    const target = httpTarget(handler.httpGet, container, input.podIP);
    const timeoutMs = timeoutSeconds > 0 ? timeoutSeconds * 1000 : HTTP_LIMIT_MS;
    await httpGet(target, { userAgent: 'kube-lifecycle/1.36', timeoutMs, clock });
    return;
  }
  if (handler.sleep) {
    const seconds =
      timeoutSeconds > 0 ? Math.min(handler.sleep.seconds, timeoutSeconds) : handler.sleep.seconds;
    await sleep(clock, seconds * 1000, input.signal);
    return;
  }
  throw new Error('invalid handler: none of exec, httpGet and sleep');
}
