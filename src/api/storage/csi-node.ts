import type { CSINode } from '../../generated/storage-v1.ts';
import { age, integer, name } from '../columns.ts';
import { defineKind } from '../define.ts';

export const csiNode = defineKind<CSINode>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  plural: 'csinodes',
  singular: 'csinode',
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.CSINode',
  allowUnconditionalUpdate: false,
  columns: [name, integer('Drivers', o => o.spec.drivers?.length ?? 0), age],
});
