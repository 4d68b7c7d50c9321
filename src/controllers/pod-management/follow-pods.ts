/**
 * How a controller that owns pods follows them: which of its objects a pod's change concerns, and
 * what that says of the pods it has made and deleted (expectations.ts).
 */
import type { Informer } from '../../client/informer.ts';
import { controllerOf } from '../../client/owner-reference.ts';
import type { Pod } from '../../generated/core-v1.ts';
import type { Expectations } from './expectations.ts';
import { isTerminating } from './pod-state.ts';

/** The key of the object of that kind that controls the pod; undefined: none does. */
export function ownerKey(pod: Pod, kind: string): string | undefined {
  const controller = controllerOf(pod);
  return controller?.kind === kind ? `${pod.metadata.namespace}/${controller.name}` : undefined;
}

export interface PodFollower {
  /** Of the objects that own pods: ReplicaSet. */
  readonly kind: string;
  readonly expectations: Expectations;
  /** Something of the object's pods has changed. */
  readonly enqueue: (key: string, pod: Pod) => void;
  /** A pod nobody controls has changed: some object may want it. Absent: none does. */
  readonly orphan?: (pod: Pod) => void;
}

/** Called before the informers start; ends with them. */
export function followPods(pods: Informer<Pod>, follower: PodFollower): void {
  const { kind, expectations, enqueue, orphan } = follower;
  const tell = (pod: Pod) => {
    const key = ownerKey(pod, kind);
    if (key) enqueue(key, pod);
    else if (!controllerOf(pod)) orphan?.(pod);
  };
  /** A pod that is going does not come back: it counts as gone. */
  const noteGone = (pod: Pod) => {
    const key = ownerKey(pod, kind);
    if (key) expectations.deleted(key, pod.metadata.uid ?? '');
  };
  pods.addHandlers({
    added: (pod, initial) => {
      const key = ownerKey(pod, kind);
      if (key && !initial) expectations.created(key);
      if (isTerminating(pod)) noteGone(pod);
      tell(pod);
    },
    updated: (pod, old) => {
      if (isTerminating(pod)) noteGone(pod);
      // It was adopted, or let go: both sides count anew.
      if (ownerKey(old, kind) !== ownerKey(pod, kind)) tell(old);
      tell(pod);
    },
    deleted: pod => {
      noteGone(pod);
      tell(pod);
    },
  });
}
