import type { ClusterRole } from '../../generated/rbac-v1.ts';
import { createdAt, name } from '../columns.ts';
import { defineKind } from '../define.ts';

export const clusterRole = defineKind<ClusterRole>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  singular: 'clusterrole',
  namespaced: false,
  schema: 'io.k8s.api.rbac.v1.ClusterRole',
  nameRule: 'path-segment',
  allowCreateOnUpdate: true,
  columns: [name, createdAt],
});
