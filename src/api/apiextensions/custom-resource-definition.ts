import type { CustomResourceDefinition } from '../../generated/apiextensions-v1.ts';
import { createdAt, name } from '../columns.ts';
import { defineKind } from '../define.ts';

export const customResourceDefinition = defineKind<CustomResourceDefinition>({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  singular: 'customresourcedefinition',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
  anyFinalizer: true,
  tracksGeneration: true,
  allowUnconditionalUpdate: false,

  subresources: { status: {} },
  columns: [name, createdAt],
});
