/**
 * Makes sure that an image is on the node, by pull policy. Pulls of different images run side by
 * side; several pods that wait for one image share its pull. A pull that failed is not tried
 * again for 10 s, doubling to 5 min, per pod and image.
 */
import { goQuote } from '../../api/go-quote.ts';
import type { Clock } from '../../base/clock.ts';
import type { Container } from '../../generated/core-v1.ts';
import { StartFailure } from '../config/error.ts';
import type { ContainerRuntime, Image, PodSandboxConfig } from '../cri/contract.ts';
import { unlessAborted } from '../lifecycle/unless-aborted.ts';
import { type NodePod, uidOf } from '../pods/pod.ts';
import { RestartBackoff } from '../pods/restart-backoff.ts';
import { formatDuration } from './duration.ts';
import { credentialsFor, type PullSecret } from './pull-secrets.ts';
import { imageNameProblem, registryOf } from './reference.ts';

export interface ImagePullerOptions {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  /** The imagePullSecrets of the pod, decoded by registry. */
  readonly pullSecrets: (pod: NodePod) => Promise<readonly PullSecret[]>;
  /** An image has come to the node. */
  readonly onPulled: () => void;
}

export type ImageEvent = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

export interface EnsureOptions {
  readonly pod: NodePod;
  readonly container: Container;
  readonly event: ImageEvent;
  readonly sandboxConfig: PodSandboxConfig | undefined;
  readonly signal: AbortSignal;
}

interface Failure {
  readonly message: string;
  readonly atMs: number;
}

export class ImagePuller {
  readonly #options: ImagePullerOptions;
  readonly #pulls = new Map<string, Promise<Image>>();
  readonly #backoff = new RestartBackoff();
  readonly #failures = new Map<string, Failure>();

  constructor(options: ImagePullerOptions) {
    this.#options = options;
  }

  /** @throws StartFailure: ErrImagePull, ImagePullBackOff, ErrImageNeverPull, InvalidImageName */
  async ensure(options: EnsureOptions): Promise<Image> {
    const { pod, container, event } = options;
    const name = container.image ?? '';
    const problem = imageNameProblem(name);
    if (problem !== undefined) {
      const quoted = goQuote(name);
      const message = `Failed to apply default image tag ${quoted}: couldn't parse image name ${quoted}: ${problem}`;
      event('Warning', 'InspectFailed', message);
      throw new StartFailure('InvalidImageName', message);
    }
    const policy = container.imagePullPolicy ?? 'IfNotPresent';
    const present = await this.#options.runtime.imageStatus(name);
    if (policy === 'Never' && !present) {
      const message = `Container image "${name}" is not present with pull policy of Never`;
      event('Warning', 'ErrImageNeverPull', message);
      throw new StartFailure('ErrImageNeverPull', message);
    }
    if (present && policy !== 'Always') {
      event(
        'Normal',
        'Pulled',
        `Container image "${name}" already present on machine and can be accessed by the pod`,
      );
      return present;
    }
    const key = `${uidOf(pod)}\n${name}`;
    this.#refuseInBackoff(key, name, event);
    event('Normal', 'Pulling', `Pulling image "${name}"`);
    return this.#pull(key, name, options);
  }

  /** Milliseconds until the pod may pull the image again; 0: now. */
  retryAfterMs(pod: NodePod, image: string): number {
    const key = `${uidOf(pod)}\n${image}`;
    const failure = this.#failures.get(key);
    return failure ? this.#backoff.remaining(key, failure.atMs, this.#options.clock.now()) : 0;
  }

  forget(uid: string): void {
    this.#backoff.forgetPrefix(`${uid}\n`);
    for (const key of this.#failures.keys()) if (key.startsWith(`${uid}\n`)) this.#failures.delete(key);
  }

  #refuseInBackoff(key: string, name: string, event: ImageEvent): void {
    const failure = this.#failures.get(key);
    if (!failure) return;
    if (this.#backoff.remaining(key, failure.atMs, this.#options.clock.now()) === 0) return;
    const message = `Back-off pulling image "${name}"`;
    event('Normal', 'BackOff', message);
    throw new StartFailure('ImagePullBackOff', `${message}: ErrImagePull: ${failure.message}`);
  }

  async #pull(key: string, name: string, options: EnsureOptions): Promise<Image> {
    const { clock } = this.#options;
    const { event, signal } = options;
    const askedMs = clock.monotonic();
    try {
      const { image, tookMs } = await unlessAborted(this.#shared(name, options), signal);
      const waitedMs = clock.monotonic() - askedMs;
      const took = `${formatDuration(tookMs)} (${formatDuration(waitedMs)} including waiting)`;
      event(
        'Normal',
        'Pulled',
        `Successfully pulled image "${name}" in ${took}. Image size: ${image.sizeBytes} bytes.`,
      );
      this.#failures.delete(key);
      this.#backoff.forget(key);
      return image;
    } catch (error) {
      if (signal.aborted) throw error;
      const message = error instanceof Error ? error.message : String(error);
      const nowMs = clock.now();
      this.#backoff.next(key, nowMs);
      this.#failures.set(key, { message, atMs: nowMs });
      event('Warning', 'Failed', `Failed to pull image "${name}": ${message}`);
      throw new StartFailure('ErrImagePull', message, { cause: error });
    }
  }

  /** One pull an image at a time; it goes on when the pod that asked first is gone. */
  async #shared(name: string, options: EnsureOptions): Promise<{ image: Image; tookMs: number }> {
    const { clock } = this.#options;
    const startedMs = clock.monotonic();
    let pull = this.#pulls.get(name);
    if (!pull) {
      pull = this.#fetch(name, options).finally(() => this.#pulls.delete(name));
      this.#pulls.set(name, pull);
    }
    const image = await pull;
    return { image, tookMs: clock.monotonic() - startedMs };
  }

  async #fetch(name: string, { pod, sandboxConfig }: EnsureOptions): Promise<Image> {
    const { runtime, pullSecrets } = this.#options;
    const secrets = pod.spec.imagePullSecrets?.length ? await pullSecrets(pod) : [];
    const candidates = credentialsFor(name, secrets);
    let failure: unknown;
    for (const auth of candidates.length > 0 ? candidates : [undefined]) {
      try {
        await runtime.pullImage(name, { ...(auth && { auth }), ...(sandboxConfig && { sandboxConfig }) });
        const image = await runtime.imageStatus(name);
        if (image) {
          this.#options.onPulled();
          return image;
        }
        throw new Error(`the image of ${registryOf(name)} is not there after the pull`);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }
}
