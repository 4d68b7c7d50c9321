/**
 * Keeps the mirror pods of the server's components: makes them, writes their status when a
 * component's health has changed, makes them anew when somebody has deleted them.
 *
 * Health is a value in memory, so looking at it every few seconds costs nothing; the API hears of
 * changes only. Limit: a component that fails and recovers within HEALTH_INTERVAL_MS is not seen.
 */
import { isStatusError } from '../../api/status-error.ts';
import { type Clock, rfc3339, sleep } from '../../base/clock.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import type { Logger } from '../../base/log.ts';
import type { Client, ResourceClient } from '../../client/contract.ts';
import { PODS } from '../../client/resources.ts';
import type { Pod } from '../../generated/core-v1.ts';
import { type Component, type ComponentHealth, HEALTHY } from '../server/component.ts';
import {
  MIRROR_NAMESPACE,
  type MirroredComponent,
  mirrorPod,
  mirrorPodName,
  mirrorPodStatus,
} from './mirror-pod.ts';

export interface HealthSource {
  readonly name: string;
  health(): ComponentHealth;
}

export interface MirrorPodsOptions {
  readonly client: Client;
  readonly components: readonly HealthSource[];
  readonly node: Omit<MirroredComponent, 'name'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The keeper of the mirror pods, as a component of the server itself. */
export function mirrorPodsPart(options: MirrorPodsOptions): Component {
  const pods = new MirrorPods(options);
  return { name: 'mirror-pods', run: signal => pods.run(signal), health: () => pods.health() };
}

const HEALTH_INTERVAL_MS = 3_000;
/** While something is not as it should be, as at the start, it is looked at more often. */
const UNHEALTHY_INTERVAL_MS = 100;

class MirrorPods {
  readonly #options: MirrorPodsOptions;
  readonly #pods: ResourceClient<Pod>;
  readonly #startedAt: string;
  readonly #restarts = new Map<string, number>();
  #shownHealthy = false;

  constructor(options: MirrorPodsOptions) {
    this.#options = options;
    this.#pods = options.client.resource<Pod>(PODS);
    this.#startedAt = rfc3339(options.clock.now());
  }

  /** Healthy when the API shows every component as healthy. */
  health(): ComponentHealth {
    return this.#shownHealthy ? HEALTHY : { healthy: false, message: 'not every mirror pod is ready' };
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, components, log } = this.#options;
    while (!signal.aborted) {
      let healthy = true;
      for (const component of components) {
        try {
          healthy = (await this.#sync(component)) && healthy;
        } catch (error) {
          healthy = false;
          log.warn('mirror pod not written', { component: component.name, error: String(error) });
        }
      }
      this.#shownHealthy = healthy;
      await sleep(clock, healthy ? HEALTH_INTERVAL_MS : UNHEALTHY_INTERVAL_MS, signal);
    }
  }

  /** @returns whether the component is healthy */
  async #sync(source: HealthSource): Promise<boolean> {
    const { node, clock } = this.#options;
    const component = { ...node, name: source.name };
    const ref = { namespace: MIRROR_NAMESPACE, name: mirrorPodName(component) };
    const pod = await this.#existing(ref, component);
    const restartCount = this.#restartCount(source.name, pod);
    const health = source.health();
    const status = mirrorPodStatus({
      component,
      health,
      startedAt: this.#startedAt,
      restartCount,
      pid: process.pid,
      now: rfc3339(clock.now()),
      previous: pod.status,
    });
    if (!deepEqual(pod.status, status)) await this.#pods.updateStatus({ ...pod, status });
    return health.healthy;
  }

  /** The pod as it is, or made now. One that is being deleted has no kubelet to finish that: we do. */
  async #existing(ref: { namespace: string; name: string }, component: MirroredComponent): Promise<Pod> {
    const wanted = mirrorPod(component);
    try {
      const found = await this.#pods.get(ref);
      const isCurrent =
        found.metadata.annotations?.['kubernetes.io/config.hash'] ===
        wanted.metadata.annotations?.['kubernetes.io/config.hash'];
      if (found.metadata.deletionTimestamp === undefined && isCurrent) return found;
      await this.#pods.delete(ref, {
        gracePeriodSeconds: 0,
        preconditions: { uid: found.metadata.uid ?? '' },
      });
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error;
    }
    return this.#pods.create(wanted);
  }

  /** One more than the server before this one had; fixed while this server runs. */
  #restartCount(name: string, pod: Pod): number {
    const known = this.#restarts.get(name);
    if (known !== undefined) return known;
    const before = pod.status?.containerStatuses?.[0];
    const count = before ? before.restartCount + 1 : 0;
    this.#restarts.set(name, count);
    return count;
  }
}
