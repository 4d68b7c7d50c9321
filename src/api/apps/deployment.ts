import type { Deployment } from '../../generated/apps-v1.ts';
import { age, column, name, selectorString, templateColumns, wide } from '../columns.ts';
import { defineKind } from '../define.ts';

export const deployment = defineKind<Deployment>({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.Deployment',
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
    column('Up-to-date', o => o.status?.updatedReplicas ?? 0),
    column('Available', o => o.status?.availableReplicas ?? 0),
    age,
    ...templateColumns<Deployment>(o => o.spec?.template),
    wide('Selector', o => selectorString(o.spec?.selector)),
  ],
});
