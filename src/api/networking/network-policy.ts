import type { NetworkPolicy } from '../../generated/networking-v1.ts';
import { age, column, labelSelector, name } from '../columns.ts';
import { defineKind } from '../define.ts';

export const networkPolicy = defineKind<NetworkPolicy>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  singular: 'networkpolicy',
  shortNames: ['netpol'],
  namespaced: true,
  schema: 'io.k8s.api.networking.v1.NetworkPolicy',
  tracksGeneration: true,
  columns: [name, column('Pod-Selector', o => labelSelector(o.spec?.podSelector)), age],
});
