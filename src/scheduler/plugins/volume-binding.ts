import { type Rejection, type SchedulerPlugin } from '../plugin.ts';

/**
 * A pod waits for the claims it names: each must be there and bound to a volume. Binding volumes
 * to claims, and choosing nodes by where volumes are, comes with the storage controllers.
 */
export const volumeBinding: SchedulerPlugin = {
  name: 'VolumeBinding',
  filter: (pod, snapshot) => {
    for (const volume of pod.pod.spec.volumes ?? []) {
      const name =
        volume.persistentVolumeClaim?.claimName ??
        (volume.ephemeral ? `${pod.pod.metadata.name}-${volume.name}` : undefined);
      if (name === undefined) continue;
      const claim = snapshot.claim(pod.namespace, name);
      // The doubled end is upstream's: its preemption step reports the same error once more.
      if (!claim) return ofPod(`persistentvolumeclaim "${name}" not found. not found`);
      if (claim.metadata.deletionTimestamp)
        return ofPod(`persistentvolumeclaim "${name}" is being deleted. not found`);
      if (claim.status?.phase !== 'Bound') {
        const none = `0/${snapshot.nodes.length} nodes are available`;
        return ofPod(
          `pod has unbound immediate PersistentVolumeClaims. no new claims to deallocate, preemption: ${none}: ${snapshot.nodes.length} Preemption is not helpful for scheduling.`,
        );
      }
    }
    return undefined;
  },
  wakesOn: ['ClaimChanged', 'PodChanged'],
};

const ofPod = (text: string): Rejection => ({ reasons: [], resolvable: false, ofPod: text });
