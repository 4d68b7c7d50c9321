import type { ServiceCIDR } from '../../generated/networking-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';

export const serviceCidr = defineKind<ServiceCIDR>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  singular: 'servicecidr',
  namespaced: false,
  schema: 'io.k8s.api.networking.v1.ServiceCIDR',
  tracksGeneration: true,

  subresources: { status: {} },
  columns: [name, column('CIDRs', o => (o.spec?.cidrs ?? []).join(',')), age],
});
