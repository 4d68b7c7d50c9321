import type { PodTemplate } from '../../generated/core-v1.ts';
import { column, labels, name } from '../columns.ts';
import { defineKind } from '../define.ts';

export const podTemplate = defineKind<PodTemplate>({
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  singular: 'podtemplate',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.PodTemplate',
  tracksGeneration: true,
  columns: [
    name,
    column('Containers', o => (o.template?.spec?.containers ?? []).map(c => c.name).join(',')),
    column('Images', o => (o.template?.spec?.containers ?? []).map(c => c.image ?? '').join(',')),
    column('Pod Labels', o => labels(o.template?.metadata?.labels)),
  ],
});
