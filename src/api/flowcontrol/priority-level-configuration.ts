import type { PriorityLevelConfiguration } from '../../generated/flowcontrol-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';

const queuing = (level: PriorityLevelConfiguration) => level.spec?.limited?.limitResponse?.queuing;

export const priorityLevelConfiguration = defineKind<PriorityLevelConfiguration>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'PriorityLevelConfiguration',
  plural: 'prioritylevelconfigurations',
  singular: 'prioritylevelconfiguration',
  namespaced: false,
  schema: 'io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration',
  tracksGeneration: true,

  subresources: { status: {} },
  columns: [
    name,
    column('Type', o => o.spec?.type ?? ''),
    column('NominalConcurrencyShares', o => o.spec?.limited?.nominalConcurrencyShares ?? '<none>'),
    column('Queues', o => queuing(o)?.queues ?? '<none>'),
    column('HandSize', o => queuing(o)?.handSize ?? '<none>'),
    column('QueueLengthLimit', o => queuing(o)?.queueLengthLimit ?? '<none>'),
    age,
  ],
});
