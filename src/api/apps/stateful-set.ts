import type { StatefulSet } from '../../generated/apps-v1.ts';
import { age, column, name, selectorString, templateColumns } from '../columns.ts';
import { defineKind } from '../define.ts';

export const statefulSet = defineKind<StatefulSet>({
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  singular: 'statefulset',
  shortNames: ['sts'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.StatefulSet',
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
    column('Ready', o => `${o.status?.readyReplicas ?? 0}/${o.spec?.replicas ?? 0}`),
    age,
    ...templateColumns<StatefulSet>(o => o.spec?.template),
  ],
});
