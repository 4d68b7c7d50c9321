import type { CronJob } from '../../generated/batch-v1.ts';
import {
  age,
  boolean,
  column,
  integer,
  labelSelector,
  name,
  templateColumns,
  timeSince,
  wide,
} from '../columns.ts';
import { defineKind } from '../define.ts';

const suspended = (value: boolean | undefined) =>
  value === undefined ? '<unset>' : value ? 'True' : 'False';

export const cronJob = defineKind<CronJob>({
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  singular: 'cronjob',
  shortNames: ['cj'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.batch.v1.CronJob',
  tracksGeneration: true,

  subresources: { status: {} },
  columns: [
    name,
    column('Schedule', o => o.spec?.schedule ?? ''),
    column('Timezone', o => o.spec?.timeZone ?? '<none>'),
    boolean('Suspend', o => suspended(o.spec?.suspend)),
    integer('Active', o => o.status?.active?.length ?? 0),
    column('Last Schedule', (o, { nowMs }) =>
      o.status?.lastScheduleTime ? timeSince(o.status.lastScheduleTime, nowMs) : '<none>',
    ),
    age,
    ...templateColumns<CronJob>(o => o.spec?.jobTemplate.spec?.template),
    wide('Selector', o => labelSelector(o.spec?.jobTemplate.spec?.selector)),
  ],
});
