import type { ResourceSlice } from '../../generated/resource-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';

export const resourceSlice = defineKind<ResourceSlice>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceSlice',
  plural: 'resourceslices',
  singular: 'resourceslice',
  namespaced: false,
  schema: 'io.k8s.api.resource.v1.ResourceSlice',
  tracksGeneration: true,
  columns: [
    name,
    column('Node', o => o.spec.nodeName ?? ''),
    column('Driver', o => o.spec.driver),
    column('Pool', o => o.spec.pool.name),
    age,
  ],
});
