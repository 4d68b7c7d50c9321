import type { DaemonSet } from '../../generated/apps-v1.ts';
import { age, column, integer, labelSelector, labels, name, templateColumns, wide } from '../columns.ts';
import { defineKind } from '../define.ts';

export const daemonSet = defineKind<DaemonSet>({
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  singular: 'daemonset',
  shortNames: ['ds'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.DaemonSet',
  tracksGeneration: true,

  subresources: { status: {} },
  columns: [
    name,
    integer('Desired', o => o.status?.desiredNumberScheduled ?? 0),
    integer('Current', o => o.status?.currentNumberScheduled ?? 0),
    integer('Ready', o => o.status?.numberReady ?? 0),
    integer('Up-to-date', o => o.status?.updatedNumberScheduled ?? 0),
    integer('Available', o => o.status?.numberAvailable ?? 0),
    column('Node Selector', o => labels(o.spec?.template.spec?.nodeSelector)),
    age,
    ...templateColumns<DaemonSet>(o => o.spec?.template),
    wide('Selector', o => labelSelector(o.spec?.selector)),
  ],
});
