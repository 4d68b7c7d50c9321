import type { CronJob, CronJobSpec, JobSpec } from '../../generated/batch-v1.ts';
import { keepStatus } from '../carry-over.ts';
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
import { dropDisabledTemplateFields } from '../core/pod-spec/disabled.ts';
import { isNewGeneration, podTemplateWarnings } from '../core/pod-spec/warnings.ts';
import { defineKind } from '../define.ts';
import { child, type FieldError, invalidValue, notSupported, required } from '../field-error.ts';
import { enumeration, nonNegative } from '../validation/checks.ts';
import { shownSelector } from '../validation/workload.ts';
import { CronError, isTimeZone, parseCron } from './cron-schedule.ts';
import { indexWarnings, validateJobSpec } from './job-spec.ts';
import { defaultJobTemplate, warnAboutName } from './job-template.ts';

const suspended = (value: boolean | undefined) =>
  value === undefined ? '<unset>' : value ? 'True' : 'False';

const NAME_MAX = 52;
const SUCCESSFUL_KEPT = 3;
const FAILED_KEPT = 1;
const CONCURRENCY = ['Allow', 'Forbid', 'Replace'];

function defaults({ spec }: CronJob): void {
  if (!spec) return;
  spec.concurrencyPolicy ||= 'Allow';
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= SUCCESSFUL_KEPT;
  spec.failedJobsHistoryLimit ??= FAILED_KEPT;
  if (spec.jobTemplate.spec) defaultJobTemplate(spec.jobTemplate.spec);
}

/** A time zone inside the schedule was possible once; what is stored so stays valid. */
function validate(cron: CronJob, old?: CronJob): FieldError[] {
  const { spec } = cron;
  if (!spec) return [];
  const zoned = old?.spec?.schedule.includes('TZ') ?? false;
  return [
    ...(spec.schedule ? validateSchedule(spec, zoned) : [required('spec.schedule')]),
    ...nonNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds),
    ...(old && old.spec?.timeZone === spec.timeZone ? [] : validateTimeZone(spec.timeZone)),
    ...enumeration('spec.concurrencyPolicy', spec.concurrencyPolicy, CONCURRENCY),
    ...(spec.jobTemplate.spec
      ? validateTemplate(spec.jobTemplate.spec, cron, old?.spec?.jobTemplate.spec)
      : []),
    ...nonNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit),
    ...nonNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit),
  ];
}

/** Each Job gets a selector of its own. */
function validateTemplate(spec: JobSpec, owner: CronJob, old: JobSpec | undefined): FieldError[] {
  const path = 'spec.jobTemplate.spec';
  const errors = validateJobSpec(spec, path, owner, old);
  if (spec.selector) {
    const why = '`selector` will be auto-generated';
    errors.push(invalidValue(`${path}.selector`, shownSelector(spec.selector), why));
  }
  if (spec.manualSelector) errors.push(notSupported(`${path}.manualSelector`, true, ['nil', 'false']));
  return errors;
}

function validateSchedule({ schedule, timeZone }: CronJobSpec, zoned: boolean): FieldError[] {
  const path = 'spec.schedule';
  const errors: FieldError[] = [];
  try {
    parseCron(schedule);
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    errors.push(invalidValue(path, schedule, error.message));
  }
  if (!schedule.includes('TZ')) return errors;
  if (!zoned) {
    const why = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
    errors.push(invalidValue(path, schedule, why));
  } else if (timeZone !== undefined) {
    errors.push(invalidValue(path, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule'));
  }
  return errors;
}

function validateTimeZone(zone: string | undefined): FieldError[] {
  if (zone === undefined) return [];
  const wrong = (why: string) => [invalidValue('spec.timeZone', zone, why)];
  if (zone === '') return wrong('timeZone must be nil or non-empty string');
  const unknown = wrong(`unknown time zone ${zone}`);
  if (zone.toLowerCase() === 'local') {
    const why = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    return [...wrong(why), ...(zone === 'Local' ? [] : unknown)];
  }
  return isTimeZone(zone) ? [] : unknown;
}

/** Jobs get the name with eleven characters more. */
function validateName({ metadata: { name: cronName = '' } }: CronJob): FieldError[] {
  return cronName.length > NAME_MAX
    ? [invalidValue('metadata.name', cronName, `must be no more than ${NAME_MAX} characters`)]
    : [];
}

function templateWarnings(next: CronJob, old: CronJob | undefined): string[] {
  const jobSpec = next.spec?.jobTemplate.spec;
  if (!jobSpec || !isNewGeneration(next, old)) return [];
  const path = 'spec.jobTemplate.spec';
  return [...indexWarnings(jobSpec, path), ...podTemplateWarnings(jobSpec.template, child(path, 'template'))];
}

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

  defaults,
  prepareForCreate: o => {
    o.status = {};
    dropDisabledTemplateFields(o.spec?.jobTemplate.spec?.template);
  },
  prepareForUpdate: (next, old) => {
    keepStatus(next, old);
    dropDisabledTemplateFields(next.spec?.jobTemplate.spec?.template, old.spec?.jobTemplate.spec?.template);
  },
  validate: o => [...validate(o), ...validateName(o)],
  validateUpdate: validate,
  warnings: (o, old) => [...(old ? [] : warnAboutName(o)), ...templateWarnings(o, old)],
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
