import type { RoleBinding } from '../../generated/rbac-v1.ts';
import { age, column, name, wide } from '../columns.ts';
import { defineKind } from '../define.ts';
import { subjectNames } from './subject-names.ts';
import { defaultBinding, validateBinding, validateRoleRefChange } from './validation.ts';

export const roleBinding = defineKind<RoleBinding>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  singular: 'rolebinding',
  namespaced: true,
  schema: 'io.k8s.api.rbac.v1.RoleBinding',
  nameRule: 'path-segment',
  allowCreateOnUpdate: true,
  defaults: defaultBinding,
  validate: o => validateBinding(o, true),
  validateUpdate: (next, old) => [...validateRoleRefChange(next, old), ...validateBinding(next, true)],
  columns: [
    name,
    column('Role', o => `${o.roleRef.kind}/${o.roleRef.name}`),
    age,
    wide('Users', o => subjectNames(o.subjects, 'User')),
    wide('Groups', o => subjectNames(o.subjects, 'Group')),
    wide('ServiceAccounts', o => subjectNames(o.subjects, 'ServiceAccount')),
  ],
});
