import type { DeviceClass } from '../../generated/resource-v1.ts';
import { age, name } from '../columns.ts';
import { defineKind } from '../define.ts';

export const deviceClass = defineKind<DeviceClass>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'DeviceClass',
  plural: 'deviceclasses',
  singular: 'deviceclass',
  namespaced: false,
  schema: 'io.k8s.api.resource.v1.DeviceClass',
  tracksGeneration: true,
  columns: [name, age],
});
