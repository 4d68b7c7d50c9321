import type { ClusterRoleBinding } from '../../generated/rbac-v1.ts';
import { age, column, name, wide } from '../columns.ts';
import { defineKind } from '../define.ts';
import { subjectNames } from './subject-names.ts';

export const clusterRoleBinding = defineKind<ClusterRoleBinding>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  singular: 'clusterrolebinding',
  namespaced: false,
  schema: 'io.k8s.api.rbac.v1.ClusterRoleBinding',
  nameRule: 'path-segment',
  allowCreateOnUpdate: true,
  columns: [
    name,
    column('Role', o => `${o.roleRef.kind}/${o.roleRef.name}`),
    age,
    wide('Users', o => subjectNames(o.subjects, 'User')),
    wide('Groups', o => subjectNames(o.subjects, 'Group')),
    wide('ServiceAccounts', o => subjectNames(o.subjects, 'ServiceAccount')),
  ],
});
