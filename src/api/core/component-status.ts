import type { ComponentStatus } from '../../generated/core-v1.ts';
import { column, name } from '../columns.ts';
import { defineKind } from '../define.ts';

const healthy = (status: ComponentStatus) => status.conditions?.find(c => c.type === 'Healthy');

export const componentStatus = defineKind<ComponentStatus>({
  group: '',
  version: 'v1',
  kind: 'ComponentStatus',
  plural: 'componentstatuses',
  singular: 'componentstatus',
  missingAs: 'componentstatus',
  computed: true,
  shortNames: ['cs'],
  namespaced: false,
  schema: 'io.k8s.api.core.v1.ComponentStatus',
  verbs: ['get', 'list'],
  deprecation: 'v1 ComponentStatus is deprecated in v1.19+',
  columns: [
    name,
    column('Status', o =>
      healthy(o) ? (healthy(o)?.status === 'True' ? 'Healthy' : 'Unhealthy') : 'Unknown',
    ),
    column('Message', o => healthy(o)?.message ?? ''),
    column('Error', o => healthy(o)?.error ?? ''),
  ],
});
