/**
 * When what the endpoints show began: the readiness change of a pod, or the creation of the
 * Service, that a write of endpoints answers to. Proxies measure their delay from it (annotation
 * endpoints.kubernetes.io/last-change-trigger-time; network programming latency SLI).
 */
import type { Pod, Service } from '../../generated/core-v1.ts';
import { podCondition } from '../pod-management/pod-state.ts';

export const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';

export class TriggerTimes {
  readonly #known = new Map<string, ReadonlyMap<string, string>>();

  /** The earliest change since the last call for the Service; undefined: nothing new. */
  next(key: string, service: Service, pods: readonly Pod[]): string | undefined {
    const before = this.#known.get(key);
    const now = new Map<string, string>();
    if (service.metadata.creationTimestamp) now.set('service', service.metadata.creationTimestamp);
    for (const pod of pods) {
      const time = podCondition(pod, 'Ready')?.lastTransitionTime;
      if (time) now.set(pod.metadata.uid ?? '', time);
    }
    this.#known.set(key, now);
    const changed = [...now].filter(([id, time]) => (before?.get(id) ?? '') < time).map(([, time]) => time);
    return changed.length > 0 ? changed.sort()[0] : undefined;
  }

  forget(key: string): void {
    this.#known.delete(key);
  }
}
