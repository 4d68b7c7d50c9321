import type { ReplicaSet } from '../../generated/apps-v1.ts';
import { age, integer, labelSelector, name, selectorString, templateColumns, wide } from '../columns.ts';
import { defineKind } from '../define.ts';

export const replicaSet = defineKind<ReplicaSet>({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  singular: 'replicaset',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.ReplicaSet',
  tracksGeneration: true,
  subresources: {
    status: {},
    scale: {
      replicas: o => o.spec?.replicas ?? 0,
      statusReplicas: o => o.status?.replicas ?? 0,
      selector: o => selectorString(o.spec?.selector),
      setReplicas: (o, replicas) => {
        if (o.spec) o.spec.replicas = replicas;
      },
    },
  },
  columns: [
    name,
    integer('Desired', o => o.spec?.replicas ?? 0),
    integer('Current', o => o.status?.replicas ?? 0),
    integer('Ready', o => o.status?.readyReplicas ?? 0),
    age,
    ...templateColumns<ReplicaSet>(o => o.spec?.template),
    wide('Selector', o => labelSelector(o.spec?.selector)),
  ],
});
