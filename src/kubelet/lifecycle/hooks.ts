/** Lifecycle hooks: exec in the container, HTTP GET, sleep. */
import { goQuote } from '../../api/go-quote.ts';
import { type Clock, sleep } from '../../base/clock.ts';
import type { Container, LifecycleHandler } from '../../generated/core-v1.ts';
import { type ContainerRuntime, rpcMessage } from '../cri/contract.ts';
import { formatPod, type NodePod } from '../pods/pod.ts';
import { httpTarget } from './handler.ts';
import { httpGet } from './http-get.ts';

export interface HookInput {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly handler: LifecycleHandler;
  readonly container: Container;
  readonly pod: NodePod;
  readonly containerId: string;
  readonly podIP: string;
  readonly signal?: AbortSignal | undefined;
}

const HTTP_LIMIT_MS = 600_000;

/**
 * Has no time limit of its own: what an exec hook has started ends with its container.
 * @throws when the hook fails; the message says how, in upstream's words.
 */
export async function runHook(input: HookInput): Promise<void> {
  const { clock, handler, container, pod } = input;
  const where = `for Container ${goQuote(container.name)} in Pod ${goQuote(formatPod(pod))}`;
  if (handler.exec) return execHook(input, handler.exec.command ?? [], where);
  if (handler.httpGet) {
    try {
      const target = httpTarget(handler.httpGet, container, input.podIP);
      await httpGet(target, { userAgent: 'kube-lifecycle/1.36', timeoutMs: HTTP_LIMIT_MS, clock });
    } catch (error) {
      const what = `HTTP lifecycle hook (${handler.httpGet.path ?? '/'})`;
      throw new Error(`${what} ${where} failed - error: ${(error as Error).message}`, { cause: error });
    }
    return;
  }
  if (handler.sleep) return sleep(clock, handler.sleep.seconds * 1000, input.signal);
  throw new Error('invalid handler: none of exec, httpGet and sleep');
}

async function execHook(
  { runtime, containerId }: HookInput,
  command: readonly string[],
  where: string,
): Promise<void> {
  const failed = (why: string, output: string, cause?: unknown) =>
    new Error(
      `Exec lifecycle hook ([${command.join(' ')}]) ${where} failed - error: ${why}, message: ${goQuote(output)}`,
      { cause },
    );
  const result = await runtime.execSync(containerId, command, 0).catch((error: unknown) => {
    throw failed(rpcMessage(error), '', error);
  });
  if (result.exitCode === 0) return;
  const output = Buffer.concat([result.stdout, result.stderr]).toString();
  throw failed(`command '${command.join(' ')}' exited with ${result.exitCode}: ${result.stderr}`, output);
}
