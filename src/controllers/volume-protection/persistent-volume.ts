/** persistentvolume-protection: a volume goes when no claim is bound to it any more. */
import { PERSISTENT_VOLUMES } from '../../client/resources.ts';
import type { PersistentVolume } from '../../generated/core-v1.ts';
import { protectionController } from './protection.ts';

export const persistentVolumeProtection = protectionController<PersistentVolume>({
  name: 'persistentvolume-protection',
  resource: PERSISTENT_VOLUMES,
  finalizer: 'kubernetes.io/pv-protection',
  // The phase tells: its change is an event of the volume itself.
  watchUses: () => volume => volume.status?.phase === 'Bound',
});
