/**
 * Validation of the status of Jobs (upstream's ValidateJobStatusUpdate). Most rules look only at
 * fields that change, so a status that broke one before may still be updated elsewhere.
 */
import type { Job, JobStatus, UncountedTerminatedPods } from '../../generated/batch-v1.ts';
import { duplicate, type FieldError, invalidValue, required } from '../field-error.ts';
import { nonNegative, semanticEqual } from '../validation/checks.ts';
import { countIndexes, sharedIndex } from './index-set.ts';

type Rule = readonly [applies: boolean, error: () => FieldError];

const is = (status: JobStatus, type: string) =>
  status.conditions?.some(c => c.type === type && c.status === 'True') ?? false;
const finished = (status: JobStatus) => is(status, 'Complete') || is(status, 'Failed');

/** An invalid list of conditions, which is not printed. */
const conditions = (why: string) => (): FieldError => ({
  field: 'status.conditions',
  reason: 'FieldValueInvalid',
  body: `Invalid value: ${why}`,
});

const broken = (rules: readonly Rule[]): FieldError[] =>
  rules.flatMap(([applies, error]) => (applies ? [error()] : []));

export function validateJobStatus(job: Job, oldJob: Job): FieldError[] {
  const [status, old] = [job.status ?? {}, oldJob.status ?? {}];
  return [
    ...nonNegative('status.active', status.active),
    ...nonNegative('status.succeeded', status.succeeded),
    ...nonNegative('status.failed', status.failed),
    ...nonNegative('status.ready', status.ready),
    ...nonNegative('status.terminating', status.terminating),
    ...validateUncounted(status.uncountedTerminatedPods),
    ...validateEnd(status, old),
    ...validateIndexes(job, status, old),
    ...validatePods(status, old),
    ...validateSuccess(job, status),
    ...validateTransition(job, status, old),
  ];
}

function validateUncounted(pods: UncountedTerminatedPods | undefined): FieldError[] {
  const seen = new Set<string>();
  return (['succeeded', 'failed'] as const).flatMap(list =>
    (pods?.[list] ?? []).flatMap((uid, i) => {
      const path = `status.uncountedTerminatedPods.${list}[${i}]`;
      if (uid === '') return [invalidValue(path, uid, 'must not be empty')];
      if (seen.has(uid)) return [duplicate(path, uid)];
      seen.add(uid);
      return [];
    }),
  );
}

function changes(status: JobStatus, old: JobStatus) {
  const condition = (type: string) => is(status, type) !== is(old, type);
  return {
    condition,
    finished: finished(status) !== finished(old),
    field: (field: keyof JobStatus) => !semanticEqual(status[field], old[field]),
    number: (field: 'active' | 'ready') => (status[field] ?? 0) !== (old[field] ?? 0),
  };
}

function validateEnd(status: JobStatus, old: JobStatus): FieldError[] {
  const changed = changes(status, old);
  const [complete, failed] = [is(status, 'Complete'), is(status, 'Failed')];
  const { startTime, completionTime, active = 0, uncountedTerminatedPods: pods } = status;
  const end = changed.condition('Complete') || changed.field('completionTime');
  const early =
    startTime !== undefined &&
    completionTime !== undefined &&
    Date.parse(completionTime) < Date.parse(startTime);
  const uncounted = (pods?.succeeded?.length ?? 0) + (pods?.failed?.length ?? 0) > 0;
  return broken([
    [
      (changed.condition('Complete') || changed.condition('Failed')) && complete && failed,
      conditions('cannot set Complete=True and Failed=true conditions'),
    ],
    [
      (changed.condition('Complete') || changed.condition('FailureTarget')) &&
        complete &&
        is(status, 'FailureTarget'),
      conditions('cannot set Complete=True and FailureTarget=true conditions'),
    ],
    [
      end && completionTime !== undefined && !complete,
      () =>
        invalidValue(
          'status.completionTime',
          completionTime,
          'cannot set completionTime when there is no Complete=True condition',
        ),
    ],
    [
      end && completionTime === undefined && complete,
      () => required('status.completionTime', 'completionTime is required for Complete jobs'),
    ],
    [
      (changed.field('startTime') || changed.field('completionTime')) && early,
      () =>
        invalidValue(
          'status.completionTime',
          completionTime,
          'completionTime cannot be set before startTime',
        ),
    ],
    [
      (changed.condition('Failed') || changed.condition('FailureTarget')) &&
        failed &&
        !is(status, 'FailureTarget'),
      conditions('cannot set Failed=True condition without the FailureTarget=true condition'),
    ],
    [
      (changed.condition('Complete') || changed.condition('SuccessCriteriaMet')) &&
        complete &&
        !is(status, 'SuccessCriteriaMet'),
      conditions('cannot set Complete=True condition without the SuccessCriteriaMet=true condition'),
    ],
    [
      (changed.finished || changed.number('active')) && active > 0 && finished(status),
      () => invalidValue('status.active', active, 'active>0 is invalid for finished job'),
    ],
    [
      (changed.finished || changed.field('startTime')) && startTime === undefined && finished(status),
      () => required('status.startTime', 'startTime is required for finished job'),
    ],
    [
      (changed.finished || changed.field('uncountedTerminatedPods')) && uncounted && finished(status),
      () =>
        invalidValue(
          'status.uncountedTerminatedPods',
          { Succeeded: pods?.succeeded ?? null, Failed: pods?.failed ?? null },
          'uncountedTerminatedPods needs to be empty for finished job',
        ),
    ],
  ]);
}

function validateIndexes({ spec }: Job, status: JobStatus, old: JobStatus): FieldError[] {
  const { completedIndexes = '', failedIndexes } = status;
  const { completions, backoffLimitPerIndex, completionMode } = spec ?? {};
  const [completedPath, failedPath] = ['status.completedIndexes', 'status.failedIndexes'];
  const completedChanged = completedIndexes !== (old.completedIndexes ?? '');
  const failedChanged = failedIndexes !== old.failedIndexes;
  const errors: FieldError[] = [];
  const format = (path: string, field: string, text: string) => {
    const counted = countIndexes(text, completions ?? 0);
    if (typeof counted !== 'number')
      errors.push(invalidValue(path, text, `error parsing ${field}: ${counted.error}`));
  };
  if (completedChanged && completions !== undefined)
    format(completedPath, 'completedIndexes', completedIndexes);
  if (
    failedChanged &&
    completions !== undefined &&
    backoffLimitPerIndex !== undefined &&
    failedIndexes !== undefined
  )
    format(failedPath, 'failedIndexes', failedIndexes);
  if (completedChanged && completedIndexes !== '' && completionMode !== 'Indexed') {
    const why = 'cannot set non-empty completedIndexes when non-indexed completion mode';
    errors.push(invalidValue(completedPath, completedIndexes, why));
  }
  if (failedChanged && backoffLimitPerIndex === undefined && failedIndexes !== undefined) {
    const why = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null';
    errors.push(invalidValue(failedPath, failedIndexes, why));
  }
  if ((failedChanged || completedChanged) && completions !== undefined && failedIndexes !== undefined) {
    const both = sharedIndex(completedIndexes, failedIndexes, completions);
    const why = `failedIndexes and completedIndexes overlap at index: ${both}`;
    if (both !== undefined) errors.push(invalidValue(failedPath, failedIndexes, why));
  }
  return errors;
}

function validatePods(status: JobStatus, old: JobStatus): FieldError[] {
  const changed = changes(status, old);
  const { active = 0, ready, terminating = 0 } = status;
  return broken([
    [
      (changed.finished || changed.field('terminating')) && terminating > 0 && finished(status),
      () => invalidValue('status.terminating', terminating, 'terminating>0 is invalid for finished job'),
    ],
    [
      (changed.field('ready') || changed.number('active')) && ready !== undefined && ready > active,
      () => invalidValue('status.ready', ready, 'cannot set more ready pods than active'),
    ],
  ]);
}

function validateSuccess({ spec }: Job, status: JobStatus): FieldError[] {
  const met = is(status, 'SuccessCriteriaMet');
  return broken([
    [
      met && is(status, 'Failed'),
      conditions('cannot set SuccessCriteriaMet=True and Failed=true conditions'),
    ],
    [
      met && is(status, 'FailureTarget'),
      conditions('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'),
    ],
    [
      spec?.successPolicy !== undefined && !met && is(status, 'Complete'),
      conditions('cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True'),
    ],
  ]);
}

function validateTransition({ spec }: Job, status: JobStatus, old: JobStatus): FieldError[] {
  const { failed = 0, succeeded = 0, startTime, completionTime } = status;
  const met = 'SuccessCriteriaMet';
  // Elastic Jobs may be scaled down.
  const elastic = spec?.completionMode === 'Indexed' && spec.completions === spec.parallelism;
  // One that is resumed starts anew.
  const resumes =
    is(old, 'Suspended') && status.conditions?.some(c => c.type === 'Suspended' && c.status === 'False');
  return broken([
    ...['Failed', 'Complete', 'FailureTarget'].map(
      (type): Rule => [
        is(old, type) && !is(status, type),
        conditions(`cannot disable the terminal ${type}=True condition`),
      ],
    ),
    [
      failed < (old.failed ?? 0),
      () => invalidValue('status.failed', failed, 'cannot decrease the failed counter'),
    ],
    [
      !elastic && succeeded < (old.succeeded ?? 0),
      () => invalidValue('status.succeeded', succeeded, 'cannot decrease the succeeded counter'),
    ],
    [
      completionTime !== undefined &&
        old.completionTime !== undefined &&
        completionTime !== old.completionTime,
      () => invalidValue('status.completionTime', completionTime, 'completionTime cannot be mutated'),
    ],
    [
      old.startTime !== undefined && old.startTime !== startTime && !spec?.suspend && !resumes,
      () => required('status.startTime', 'startTime cannot be removed for unsuspended job'),
    ],
    [is(old, met) && !is(status, met), conditions(`cannot disable the ${met}=True condition`)],
    [
      is(old, 'Complete') && !is(old, met) && is(status, met),
      conditions(`cannot set ${met}=True for Job already has Complete=true conditions`),
    ],
  ]);
}
