import type { VolumeAttributesClass } from '../../generated/storage-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';

export const volumeAttributesClass = defineKind<VolumeAttributesClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttributesClass',
  plural: 'volumeattributesclasses',
  singular: 'volumeattributesclass',
  shortNames: ['vac'],
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.VolumeAttributesClass',
  columns: [name, column('DriverName', o => o.driverName), age],
});
