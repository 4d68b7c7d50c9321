/** Defaults of PersistentVolumeClaims, their own and as templates of StatefulSets. */
import type { PersistentVolumeClaim } from '../../../generated/core-v1.ts';

export function defaultClaim(claim: PersistentVolumeClaim): void {
  claim.spec ??= {};
  claim.spec.volumeMode ??= 'Filesystem';
  claim.status ??= {};
  claim.status.phase ||= 'Pending';
}
