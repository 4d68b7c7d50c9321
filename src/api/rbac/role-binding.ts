import type { RoleBinding } from '../../generated/rbac-v1.ts';
import { defineKind } from '../define.ts';
import { bindingColumns } from './binding-columns.ts';
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
  validateUpdate: (next, old) => [...validateBinding(next, true), ...validateRoleRefChange(next, old)],
  columns: bindingColumns,
});
