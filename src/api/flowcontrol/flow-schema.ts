import type { FlowSchema } from '../../generated/flowcontrol-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';

export const flowSchema = defineKind<FlowSchema>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'FlowSchema',
  plural: 'flowschemas',
  singular: 'flowschema',
  namespaced: false,
  schema: 'io.k8s.api.flowcontrol.v1.FlowSchema',
  tracksGeneration: true,

  subresources: { status: {} },
  columns: [
    name,
    column('PriorityLevel', o => o.spec?.priorityLevelConfiguration.name || '<none>'),
    column('MatchingPrecedence', o => o.spec?.matchingPrecedence ?? 0),
    column('DistinguisherMethod', o => o.spec?.distinguisherMethod?.type ?? '<none>'),
    age,
    column('MissingPL', o => o.status?.conditions?.find(c => c.type === 'Dangling')?.status ?? '?'),
  ],
});
