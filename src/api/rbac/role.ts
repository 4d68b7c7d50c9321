import type { Role } from '../../generated/rbac-v1.ts';
import { createdAt, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { validateRules } from './validation.ts';

export const role = defineKind<Role>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'Role',
  plural: 'roles',
  singular: 'role',
  namespaced: true,
  schema: 'io.k8s.api.rbac.v1.Role',
  nameRule: 'path-segment',
  allowCreateOnUpdate: true,
  validate: o => validateRules(o.rules, true),
  columns: [name, createdAt],
});
