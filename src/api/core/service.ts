import type { Service } from '../../generated/core-v1.ts';
import { defineKind } from '../define.ts';
import { serviceColumns } from './service-columns.ts';

export const service = defineKind<Service>({
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  singular: 'service',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Service',
  allowCreateOnUpdate: true,

  subresources: { status: {} },
  columns: [...serviceColumns],
});
