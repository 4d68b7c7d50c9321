/** PersistentVolumeClaimResize: a claim grows when it is bound, and when its class lets volumes grow. */
import { CLASS_ANNOTATION } from '../../api/core/volume/columns.ts';
import { compareQuantities } from '../../api/quantity.ts';
import { forbidden } from '../../api/status-error.ts';
import type { PersistentVolumeClaim } from '../../generated/core-v1.ts';
import type { StorageClass } from '../../generated/storage-v1.ts';
import { keyFor } from '../cache/keys.ts';
import type { ServerCore } from '../core.ts';
import type { AdmissionPlugin } from './chain.ts';

const CLASSES = { group: 'storage.k8s.io', resource: 'storageclasses' };

export function claimResize(core: () => ServerCore): AdmissionPlugin {
  const mayGrow = (next: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean => {
    const name = classOf(next);
    if (!name || classOf(old) !== name) return false;
    const found = core().cache.get<StorageClass>(keyFor(CLASSES, '', name));
    return found?.object.allowVolumeExpansion ?? false;
  };
  return {
    name: 'PersistentVolumeClaimResize',
    validate({ operation, subresource, resource, object, oldObject, name }) {
      const { group, resource: plural } = resource.named;
      if (operation !== 'UPDATE' || subresource !== '') return;
      if (group !== '' || plural !== 'persistentvolumeclaims') return;
      const [next, old] = [object as PersistentVolumeClaim, oldObject as PersistentVolumeClaim];
      if (compareQuantities(sizeOf(next), sizeOf(old)) <= 0) return;
      if (old.status?.phase !== 'Bound')
        throw forbidden(resource.named, name, 'Only bound persistent volume claims can be expanded');
      if (mayGrow(next, old)) return;
      const why =
        'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize';
      throw forbidden(resource.named, name, why);
    },
  };
}

const sizeOf = ({ spec }: PersistentVolumeClaim) => spec?.resources?.requests?.storage ?? '0';
const classOf = ({ metadata, spec }: PersistentVolumeClaim) =>
  metadata.annotations?.[CLASS_ANNOTATION] ?? spec?.storageClassName;
