import type { ClusterRole } from '../../generated/rbac-v1.ts';
import { createdAt, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { at, type FieldError, invalidValue, required } from '../field-error.ts';
import { validateLabelSelector } from '../meta/labels.ts';
import { validateRules } from './validation.ts';

/** A role made of others names them by label. */
function validateAggregation({ aggregationRule }: ClusterRole): FieldError[] {
  if (!aggregationRule) return [];
  const path = 'aggregationRule.clusterRoleSelectors';
  const { clusterRoleSelectors: selectors = [] } = aggregationRule;
  if (selectors.length === 0) {
    return [required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil')];
  }
  return selectors.flatMap((selector, i) => {
    const errors = validateLabelSelector(selector, at(path, i));
    return errors.length === 0 ? [] : [...errors, invalidValue(at(path, i), null, 'invalid label selector.')];
  });
}

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
  validate: o => [...validateRules(o.rules, false), ...validateAggregation(o)],
  columns: [name, createdAt],
});
