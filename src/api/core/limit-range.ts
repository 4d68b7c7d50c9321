import type { LimitRange } from '../../generated/core-v1.ts';
import { createdAt, name } from '../columns.ts';
import { defineKind } from '../define.ts';

export const limitRange = defineKind<LimitRange>({
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  singular: 'limitrange',
  shortNames: ['limits'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.LimitRange',
  allowCreateOnUpdate: true,
  columns: [name, createdAt],
});
