import type { Lease } from '../../generated/coordination-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';

export const lease = defineKind<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  singular: 'lease',
  namespaced: true,
  schema: 'io.k8s.api.coordination.v1.Lease',
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  columns: [name, column('Holder', o => o.spec?.holderIdentity ?? ''), age],
});
