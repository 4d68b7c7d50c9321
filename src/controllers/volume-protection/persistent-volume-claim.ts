/**
 * persistentvolumeclaim-protection: a claim goes when no pod that has a node uses it. A pod without a
 * node does not count: the kubelet starts no pod whose claim is being deleted.
 */
import { PERSISTENT_VOLUME_CLAIMS, PODS } from '../../client/resources.ts';
import type { PersistentVolumeClaim, Pod, Volume } from '../../generated/core-v1.ts';
import { isFinished } from '../pod-management/pod-state.ts';
import { protectionController } from './protection.ts';

/** The claim of an ephemeral volume is called after its pod and volume (KEP-1698). */
const claimOf = (pod: Pod, volume: Volume): string | undefined =>
  volume.persistentVolumeClaim?.claimName ??
  (volume.ephemeral ? `${pod.metadata.name}-${volume.name}` : undefined);

function claimKeys(pod: Pod): string[] {
  const names = (pod.spec.volumes ?? []).flatMap(volume => claimOf(pod, volume) ?? []);
  return names.map(name => `${pod.metadata.namespace}/${name}`);
}

/** The kubelet is done with it, or it was deleted by force: its ephemeral volumes need not wait for it. */
const isShutDown = ({ metadata }: Pod) =>
  metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0;

/** Whether the claim must stay for the pod's sake. */
export function podUsesClaim(pod: Pod, claim: PersistentVolumeClaim): boolean {
  if (!pod.spec.nodeName || pod.metadata.namespace !== claim.metadata.namespace) return false;
  return (pod.spec.volumes ?? []).some(volume => {
    if (claimOf(pod, volume) !== claim.metadata.name) return false;
    if (volume.persistentVolumeClaim) return true;
    const owned = claim.metadata.ownerReferences?.some(o => o.controller && o.uid === pod.metadata.uid);
    return owned === true && !isShutDown(pod);
  });
}

export const persistentVolumeClaimProtection = protectionController<PersistentVolumeClaim>({
  name: 'persistentvolumeclaim-protection',
  resource: PERSISTENT_VOLUME_CLAIMS,
  finalizer: 'kubernetes.io/pvc-protection',
  watchUses(context) {
    const pods = context.informer<Pod>(PODS);
    const byClaim = pods.index('claim', claimKeys);
    const enqueueClaims = (pod: Pod) => {
      for (const key of claimKeys(pod)) context.enqueue(key);
    };
    pods.addHandlers({
      updated: (pod, old) => {
        if (isFinished(pod) || isShutDown(pod) || old.metadata.uid !== pod.metadata.uid) enqueueClaims(old);
      },
      deleted: enqueueClaims,
    });
    return async claim => {
      const { namespace = '', name } = claim.metadata;
      if (byClaim.get(`${namespace}/${name}`).some(pod => podUsesClaim(pod, claim))) return true;
      // A pod that was bound a moment ago may not have been told of yet: what is deleted cannot come back.
      const { items } = await context.client.resource<Pod>(PODS).list({ namespace });
      return items.some(pod => podUsesClaim(pod, claim));
    };
  },
});
