/** Which events make a Deployment worth a look: its own, those of its ReplicaSets, and the end of its pods. */
import { objectKey } from '../../api/object.ts';
import type { Informer } from '../../client/informer.ts';
import { compileLabelSelector } from '../../client/label-selector.ts';
import { controllerOf } from '../../client/owner-reference.ts';
import type { Deployment, ReplicaSet } from '../../generated/apps-v1.ts';
import type { Pod } from '../../generated/core-v1.ts';
import { isRollingUpdate } from './rolling.ts';

export interface Watched {
  readonly deployments: Informer<Deployment>;
  readonly replicaSets: Informer<ReplicaSet>;
  readonly pods: Informer<Pod>;
}

/** @param enqueue is given keys of Deployments, also of some that do not exist */
export function watchDeployments(
  { deployments, replicaSets, pods }: Watched,
  enqueue: (key: string) => void,
): void {
  const enqueueOwner = (set: ReplicaSet) => {
    const controller = controllerOf(set);
    if (controller) {
      if (controller.kind === 'Deployment') enqueue(`${set.metadata.namespace}/${controller.name}`);
      return;
    }
    for (const deployment of deployments.lister.list({ namespace: set.metadata.namespace ?? '' })) {
      if (compileLabelSelector(deployment.spec.selector)(set.metadata.labels)) enqueue(objectKey(deployment));
    }
  };
  deployments.addHandlers({
    added: deployment => enqueue(objectKey(deployment)),
    updated: deployment => enqueue(objectKey(deployment)),
    deleted: deployment => enqueue(objectKey(deployment)),
  });
  replicaSets.addHandlers({
    added: enqueueOwner,
    updated: (set, old) => {
      if (controllerOf(set)?.uid !== controllerOf(old)?.uid) enqueueOwner(old);
      enqueueOwner(set);
    },
    deleted: enqueueOwner,
  });
  pods.addHandlers({
    // Recreate waits for the last old pod to be gone, which no ReplicaSet's status tells.
    deleted: pod => {
      const controller = controllerOf(pod);
      if (controller?.kind !== 'ReplicaSet') return;
      const set = replicaSets.lister.getByKey(`${pod.metadata.namespace}/${controller.name}`);
      const owner = set && controllerOf(set);
      const deployment = owner && deployments.lister.getByKey(`${pod.metadata.namespace}/${owner.name}`);
      if (deployment && !isRollingUpdate(deployment)) enqueue(objectKey(deployment));
    },
  });
}
