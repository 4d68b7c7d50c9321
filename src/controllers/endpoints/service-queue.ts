/**
 * Which Services a change of a pod concerns: those that select it now or selected it before.
 * Changes that no endpoint shows (a new image, a log line in the status) concern none.
 */
import { objectKey } from '../../api/object.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import type { Informer } from '../../client/informer.ts';
import { compileMapSelector } from '../../client/label-selector.ts';
import type { Pod, Service } from '../../generated/core-v1.ts';
import { isFinished, isReady } from '../pod-management/pod-state.ts';
import { hasSelector } from './service-endpoints.ts';

/** Enqueues the key of each Service of which a change of Services or pods may change the endpoints. */
export function watchServicesAndPods(
  services: Informer<Service>,
  pods: Informer<Pod>,
  enqueue: (key: string) => void,
  /** For changes of pods, which may come in great numbers. */
  enqueueBatched: (key: string) => void,
): void {
  const enqueueSelecting = (pod: Pod) => {
    for (const service of services.lister.list({ namespace: pod.metadata.namespace ?? '' })) {
      if (!hasSelector(service)) continue;
      if (compileMapSelector(service.spec.selector)(pod.metadata.labels)) enqueueBatched(objectKey(service));
    }
  };
  services.addHandlers({
    added: service => enqueue(objectKey(service)),
    updated: service => enqueue(objectKey(service)),
    deleted: service => enqueue(objectKey(service)),
  });
  pods.addHandlers({
    added: enqueueSelecting,
    updated: (pod, old) => {
      const relabelled = !deepEqual(pod.metadata.labels, old.metadata.labels);
      if (!relabelled && deepEqual(shown(pod), shown(old))) return;
      enqueueSelecting(pod);
      if (relabelled) enqueueSelecting(old);
    },
    deleted: enqueueSelecting,
  });
}

/** The pods a Service selects. */
export function selectedPods(service: Service, pods: Informer<Pod>): readonly Pod[] {
  return pods.lister.list({
    namespace: service.metadata.namespace ?? '',
    matches: compileMapSelector(service.spec.selector),
  });
}

const shown = (pod: Pod) => [
  pod.spec.nodeName,
  pod.status?.podIP,
  pod.status?.podIPs,
  isReady(pod),
  isFinished(pod),
  pod.metadata.deletionTimestamp,
];
