import type { Node } from '../../generated/core-v1.ts';
import { defineKind } from '../define.ts';
import { nodeColumns } from './node-columns.ts';

export const node = defineKind<Node>({
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  singular: 'node',
  shortNames: ['no'],
  namespaced: false,
  schema: 'io.k8s.api.core.v1.Node',
  subresources: { status: {} },
  columns: [...nodeColumns],
});
