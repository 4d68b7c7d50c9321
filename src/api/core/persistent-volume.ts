import type { PersistentVolume } from '../../generated/core-v1.ts';
import { age, column, name, wide } from '../columns.ts';
import { defineKind } from '../define.ts';
import { accessModes, CLASS_ANNOTATION } from './volume/columns.ts';

export const persistentVolume = defineKind<PersistentVolume>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  singular: 'persistentvolume',
  shortNames: ['pv'],
  namespaced: false,
  schema: 'io.k8s.api.core.v1.PersistentVolume',
  subresources: { status: {} },
  columns: [
    name,
    column('Capacity', o => o.spec?.capacity?.storage ?? '0'),
    column('Access Modes', o => accessModes(o.spec?.accessModes)),
    column('Reclaim Policy', o => o.spec?.persistentVolumeReclaimPolicy ?? ''),
    column('Status', o => (o.metadata.deletionTimestamp ? 'Terminating' : (o.status?.phase ?? ''))),
    column('Claim', o =>
      o.spec?.claimRef ? `${o.spec.claimRef.namespace ?? ''}/${o.spec.claimRef.name ?? ''}` : '',
    ),
    column('StorageClass', o => o.metadata.annotations?.[CLASS_ANNOTATION] ?? o.spec?.storageClassName ?? ''),
    column('VolumeAttributesClass', o => o.spec?.volumeAttributesClassName ?? '<unset>'),
    column('Reason', o => o.status?.reason ?? ''),
    age,
    wide('VolumeMode', o => o.spec?.volumeMode ?? '<unset>'),
  ],
});
