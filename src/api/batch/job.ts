import type { Job } from '../../generated/batch-v1.ts';
import { age, column, labelSelector, name, templateColumns, wide } from '../columns.ts';
import { defineKind } from '../define.ts';
import { completions, jobStatus, runtime } from './job-columns.ts';

export const job = defineKind<Job>({
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  singular: 'job',
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.batch.v1.Job',
  tracksGeneration: true,

  subresources: { status: {} },
  columns: [
    name,
    column('Status', o => jobStatus(o)),
    column('Completions', o => completions(o)),
    column('Duration', (o, { nowMs }) => runtime(o, nowMs)),
    age,
    ...templateColumns<Job>(o => o.spec?.template),
    wide('Selector', o => labelSelector(o.spec?.selector)),
  ],
});
