import type { RuntimeClass } from '../../generated/node-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';

export const runtimeClass = defineKind<RuntimeClass>({
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  singular: 'runtimeclass',
  namespaced: false,
  schema: 'io.k8s.api.node.v1.RuntimeClass',
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  columns: [name, column('Handler', o => o.handler), age],
});
