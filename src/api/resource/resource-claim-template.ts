import type { ResourceClaimTemplate } from '../../generated/resource-v1.ts';
import { age, name } from '../columns.ts';
import { defineKind } from '../define.ts';

export const resourceClaimTemplate = defineKind<ResourceClaimTemplate>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaimTemplate',
  plural: 'resourceclaimtemplates',
  singular: 'resourceclaimtemplate',
  namespaced: true,
  schema: 'io.k8s.api.resource.v1.ResourceClaimTemplate',
  columns: [name, age],
});
