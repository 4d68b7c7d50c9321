import type { ReplicationController } from '../../generated/core-v1.ts';
import { age, integer, labels, name, templateColumns, wide } from '../columns.ts';
import { defineKind } from '../define.ts';

export const replicationController = defineKind<ReplicationController>({
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  singular: 'replicationcontroller',
  shortNames: ['rc'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ReplicationController',
  tracksGeneration: true,
  subresources: {
    status: {},
    scale: {
      replicas: o => o.spec?.replicas ?? 0,
      statusReplicas: o => o.status?.replicas ?? 0,
      selector: o => (Object.keys(o.spec?.selector ?? {}).length === 0 ? '' : labels(o.spec?.selector)),
      setReplicas: (o, replicas) => {
        o.spec = { ...o.spec, replicas };
      },
    },
  },
  columns: [
    name,
    integer('Desired', o => o.spec?.replicas ?? 0),
    integer('Current', o => o.status?.replicas ?? 0),
    integer('Ready', o => o.status?.readyReplicas ?? 0),
    age,
    ...templateColumns<ReplicationController>(o => o.spec?.template),
    wide('Selector', o => labels(o.spec?.selector)),
  ],
});
