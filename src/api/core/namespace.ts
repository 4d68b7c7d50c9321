import type { Namespace } from '../../generated/core-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';

export const namespace = defineKind<Namespace>({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  singular: 'namespace',
  shortNames: ['ns'],
  namespaced: false,
  schema: 'io.k8s.api.core.v1.Namespace',
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  nameRule: 'dns-label',

  subresources: { status: {} },
  columns: [name, column('Status', o => o.status?.phase ?? ''), age],
});
