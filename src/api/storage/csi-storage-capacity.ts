import type { CSIStorageCapacity } from '../../generated/storage-v1.ts';
import { createdAt, name } from '../columns.ts';
import { defineKind } from '../define.ts';

export const csiStorageCapacity = defineKind<CSIStorageCapacity>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  plural: 'csistoragecapacities',
  singular: 'csistoragecapacity',
  namespaced: true,
  schema: 'io.k8s.api.storage.v1.CSIStorageCapacity',
  allowUnconditionalUpdate: false,
  columns: [name, createdAt],
});
