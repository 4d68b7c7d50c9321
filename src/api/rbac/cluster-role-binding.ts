import type { ClusterRoleBinding } from '../../generated/rbac-v1.ts';
import { defineKind } from '../define.ts';
import { bindingColumns } from './binding-columns.ts';
import { defaultBinding, validateBinding, validateRoleRefChange } from './validation.ts';

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
  defaults: defaultBinding,
  validate: o => validateBinding(o, false),
  validateUpdate: (next, old) => [...validateBinding(next, false), ...validateRoleRefChange(next, old)],
  columns: bindingColumns,
});
