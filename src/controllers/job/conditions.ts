/** Conditions of a Job, with upstream's reasons and messages. Pure. */
import { rfc3339 } from '../../base/clock.ts';
import type { Job, JobCondition } from '../../generated/batch-v1.ts';

export type Conditions = readonly JobCondition[];

export interface Verdict {
  readonly type: 'SuccessCriteriaMet' | 'FailureTarget';
  readonly reason: string;
  readonly message: string;
}

export const COMPLETED: Verdict = {
  type: 'SuccessCriteriaMet',
  reason: 'CompletionsReached',
  message: 'Reached expected number of succeeded pods',
};
export const TOO_MANY_FAILURES: Verdict = {
  type: 'FailureTarget',
  reason: 'BackoffLimitExceeded',
  message: 'Job has reached the specified backoff limit',
};
export const TOO_MANY_FAILED_INDEXES: Verdict = {
  type: 'FailureTarget',
  reason: 'MaxFailedIndexesExceeded',
  message: 'Job has exceeded the specified maximal number of failed indexes',
};
export const FAILED_INDEXES: Verdict = {
  type: 'FailureTarget',
  reason: 'FailedIndexes',
  message: 'Job has failed indexes',
};
export const TOO_LATE: Verdict = {
  type: 'FailureTarget',
  reason: 'DeadlineExceeded',
  message: 'Job was active longer than specified deadline',
};

export const isTrue = (conditions: Conditions, type: string): boolean =>
  conditions.some(condition => condition.type === type && condition.status === 'True');

export const isFinishedJob = (job: Job): boolean => {
  const conditions = job.status?.conditions ?? [];
  return isTrue(conditions, 'Complete') || isTrue(conditions, 'Failed');
};

/** How it will end, decided in an earlier step. */
export function verdictOf(conditions: Conditions): Verdict | undefined {
  for (const { type, status, reason = '', message = '' } of conditions) {
    if (status !== 'True') continue;
    if (type === 'SuccessCriteriaMet' || type === 'FailureTarget') return { type, reason, message };
  }
  return undefined;
}

/** The conditions with `next` in place of the one of its type; the same array when nothing changes. */
export function withCondition(
  conditions: Conditions,
  next: {
    readonly type: string;
    readonly status: 'True' | 'False';
    readonly reason: string;
    readonly message: string;
  },
  nowMs: number,
): Conditions {
  const known = conditions.find(({ type }) => type === next.type);
  const same =
    known?.status === next.status && known.reason === next.reason && known.message === next.message;
  if (same) return conditions;
  const now = rfc3339(nowMs);
  const condition = { ...next, lastProbeTime: now, lastTransitionTime: now };
  return known ? conditions.map(other => (other === known ? condition : other)) : [...conditions, condition];
}
