import type { Secret } from '../../generated/core-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';

export const secret = defineKind<Secret>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  singular: 'secret',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Secret',
  columns: [
    name,
    column('Type', o => o.type ?? ''),
    column('Data', o => Object.keys(o.data ?? {}).length),
    age,
  ],
});
