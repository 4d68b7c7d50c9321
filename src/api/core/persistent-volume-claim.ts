import type { PersistentVolumeClaim } from '../../generated/core-v1.ts';
import { age, column, name, wide } from '../columns.ts';
import { defineKind } from '../define.ts';
import { accessModes, CLASS_ANNOTATION } from './volume/columns.ts';

export const persistentVolumeClaim = defineKind<PersistentVolumeClaim>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  singular: 'persistentvolumeclaim',
  shortNames: ['pvc'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.PersistentVolumeClaim',
  subresources: { status: {} },
  columns: [
    name,
    column('Status', o => (o.metadata.deletionTimestamp ? 'Terminating' : (o.status?.phase ?? ''))),
    column('Volume', o => o.spec?.volumeName ?? ''),
    column('Capacity', o => (o.spec?.volumeName ? (o.status?.capacity?.storage ?? '0') : '')),
    column('Access Modes', o => (o.spec?.volumeName ? accessModes(o.status?.accessModes) : '')),
    column('StorageClass', o => o.metadata.annotations?.[CLASS_ANNOTATION] ?? o.spec?.storageClassName ?? ''),
    column('VolumeAttributesClass', o => o.spec?.volumeAttributesClassName ?? '<unset>'),
    age,
    wide('VolumeMode', o => o.spec?.volumeMode ?? '<unset>'),
  ],
});
