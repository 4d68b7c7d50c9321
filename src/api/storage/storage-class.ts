import type { StorageClass } from '../../generated/storage-v1.ts';
import { age, column } from '../columns.ts';
import { defineKind } from '../define.ts';

const DEFAULT_ANNOTATIONS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

const isDefault = (o: StorageClass) => DEFAULT_ANNOTATIONS.some(a => o.metadata.annotations?.[a] === 'true');

const storageClassName = column<StorageClass>(
  'Name',
  o => (isDefault(o) ? `${o.metadata.name ?? ''} (default)` : (o.metadata.name ?? '')),
  { format: 'name' },
);

export const storageClass = defineKind<StorageClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  singular: 'storageclass',
  shortNames: ['sc'],
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.StorageClass',
  columns: [
    storageClassName,
    column('Provisioner', o => o.provisioner),
    column('ReclaimPolicy', o => o.reclaimPolicy ?? 'Delete'),
    column('VolumeBindingMode', o => o.volumeBindingMode ?? 'Immediate'),
    column('AllowVolumeExpansion', o => o.allowVolumeExpansion ?? false),
    age,
  ],
});
