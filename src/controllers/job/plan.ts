/**
 * What a Job needs next (concept page "Jobs"). Pure.
 *
 * A Job ends in two steps: first the verdict (SuccessCriteriaMet or FailureTarget), upon which
 * its pods are ended; then, when every pod is counted and none is left running, Complete or
 * Failed. A verdict stands: nothing that happens afterwards changes it.
 */
import { rfc3339 } from '../../base/clock.ts';
import type { Job, JobStatus } from '../../generated/batch-v1.ts';
import type { Pod } from '../../generated/core-v1.ts';
import { isActive, isReady } from '../pod-management/pod-state.ts';
import { type BackoffRecord, nextBackoff } from './backoff.ts';
import {
  COMPLETED,
  type Conditions,
  FAILED_INDEXES,
  isFinishedJob,
  isTrue,
  TOO_LATE,
  TOO_MANY_FAILED_INDEXES,
  TOO_MANY_FAILURES,
  type Verdict,
  verdictOf,
  withCondition,
} from './conditions.ts';
import { isFailedPod, isIndexed, isTracked, type Tally, tallyPods, trackPods } from './counting.ts';
import { failureMeaning } from './failure-policy.ts';
import { awaitingReplacement, failedIndexes, hasLimitPerIndex } from './index-failures.ts';
import { formatIndexes } from './indexes.ts';
import { isGoing, type NewPod, NO_STEP, nextStep } from './next-step.ts';
import { metSuccessPolicy } from './success-policy.ts';

export interface JobSnapshot {
  readonly job: Job;
  /** The pods it owns, finished ones and those on their way out included. */
  readonly pods: readonly Pod[];
  /** False: writes of an earlier step are not visible yet. */
  readonly mayAct: boolean;
  /** Of the step before. */
  readonly backoff: BackoffRecord;
  readonly nowMs: number;
}

export interface JobPlan {
  readonly create: readonly NewPod[];
  /** Ended with the Job. */
  readonly remove: readonly Pod[];
  /** Superfluous: the finalizer goes first, so that they are not counted as failed. */
  readonly withdraw: readonly Pod[];
  /** The status when everything has been carried out; undefined for a finished Job. */
  readonly status: JobStatus | undefined;
  /** After the status: pods to take the finalizer off. */
  readonly release: readonly Pod[];
  readonly events: readonly JobEvent[];
  /** To be kept once the status has been written. */
  readonly backoff: BackoffRecord;
  readonly requeueAfterMs: number | undefined;
}

interface JobEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export function planJob(snapshot: JobSnapshot): JobPlan {
  const { job, pods, mayAct, nowMs } = snapshot;
  if (isFinishedJob(job)) return { ...nothing(snapshot), release: pods.filter(isTracked) };
  const tally = tallyPods(job, pods);
  const failed = hasLimitPerIndex(job) ? failedIndexes(job, pods) : new Set<number>();
  const isSettled = (index: number) => tally.completed.has(index) || failed.has(index);
  const awaiting = hasLimitPerIndex(job) ? awaitingReplacement(job, pods, isSettled) : new Map<number, Pod>();
  const backoff = nextBackoff(snapshot.backoff, tally.newlySucceeded, tally.newlyFailed);
  const active = pods.filter(isActive);
  const events: JobEvent[] = [];
  const suspended = job.spec?.suspend === true;
  let startTime = job.status?.startTime ?? (suspended ? undefined : rfc3339(nowMs));
  let conditions: Conditions = job.status?.conditions ?? [];

  const known = verdictOf(conditions);
  let verdict = known ?? judge(snapshot, tally, failed, startTime);
  const remove = verdict && mayAct ? active : [];
  const works = verdict === undefined && mayAct && job.metadata.deletionTimestamp === undefined;
  const step = works
    ? nextStep({ job, pods, active, tally, failedIndexes: failed, awaiting, backoff, nowMs })
    : NO_STEP;
  const gone = [...remove, ...step.withdraw];
  const left = active.length - gone.length + step.create.length;
  // A verdict is told when the pods have been ended: before, some may not be visible yet.
  let isEnding = known !== undefined || (verdict !== undefined && mayAct);
  if (!verdict && isComplete(job, tally, left)) {
    verdict = COMPLETED;
    isEnding = true;
  } else if (works) ({ conditions, startTime } = suspension(job, conditions, startTime, nowMs, events));
  const ending = verdict && isEnding ? verdict : undefined;
  if (ending) conditions = withCondition(conditions, { ...ending, status: 'True' }, nowMs);

  const succeeds = ending?.type === 'SuccessCriteriaMet';
  const tracked = trackPods({
    job,
    pods,
    tally,
    ending: ending && (succeeds ? 'succeeds' : 'fails'),
    kept: new Set(awaiting.values()),
  });
  const terminating = pods.filter(isGoing).length + gone.length;
  let completionTime: string | undefined;
  if (ending && tracked.settled && left === 0 && terminating === 0) {
    const type = succeeds ? 'Complete' : 'Failed';
    conditions = withCondition(conditions, { ...ending, type, status: 'True' }, nowMs);
    if (succeeds) completionTime = rfc3339(nowMs);
    events.push(...finalEvents(job, ending, tracked.counted.succeeded ?? 0));
  }
  const status: JobStatus = {
    ...(left > 0 ? { active: left } : {}),
    ready: active.filter(pod => isReady(pod) && !gone.includes(pod)).length,
    terminating,
    ...tracked.counted,
    ...(hasLimitPerIndex(job) ? { failedIndexes: formatIndexes(failed) } : {}),
    ...(startTime ? { startTime } : {}),
    ...(completionTime ? { completionTime } : {}),
    ...(conditions.length > 0 ? { conditions: [...conditions] } : {}),
  };
  const waits = [step.waitMs, verdict ? undefined : deadlineMs(job, startTime, nowMs)].filter(
    wait => wait !== undefined,
  );
  return {
    create: step.create,
    remove,
    withdraw: step.withdraw,
    status,
    release: tracked.release,
    events,
    backoff,
    requeueAfterMs: waits.length > 0 ? Math.max(0, Math.min(...waits)) : undefined,
  };
}

const nothing = ({ backoff }: JobSnapshot): JobPlan => ({
  create: [],
  remove: [],
  withdraw: [],
  status: undefined,
  release: [],
  events: [],
  backoff,
  requeueAfterMs: undefined,
});

/** The Suspended condition; a resumed Job starts anew. */
function suspension(
  job: Job,
  conditions: Conditions,
  startTime: string | undefined,
  nowMs: number,
  events: JobEvent[],
): { conditions: Conditions; startTime: string | undefined } {
  const suspended = isTrue(conditions, 'Suspended');
  if (suspended === (job.spec?.suspend === true)) return { conditions, startTime };
  const [event, status] = suspended ? (['Resumed', 'False'] as const) : (['Suspended', 'True'] as const);
  const message = `Job ${event.toLowerCase()}`;
  events.push({ type: 'Normal', reason: event, message });
  const next = { type: 'Suspended', status, reason: `Job${event}`, message };
  return {
    conditions: withCondition(conditions, next, nowMs),
    startTime: suspended ? rfc3339(nowMs) : startTime,
  };
}

/** Whether the Job ends before it is complete, and why; the first reason in this order counts. */
function judge(
  { job, pods, nowMs }: JobSnapshot,
  tally: Tally,
  failed: ReadonlySet<number>,
  startTime: string | undefined,
): Verdict | undefined {
  const { backoffLimit = 6, podFailurePolicy, maxFailedIndexes, completions = 0 } = job.spec ?? {};
  for (const pod of podFailurePolicy ? pods : []) {
    const message = isFailedPod(job, pod) ? failureMeaning(podFailurePolicy, pod).message : undefined;
    if (message !== undefined) return { type: 'FailureTarget', reason: 'PodFailurePolicy', message };
  }
  if (tally.failed > backoffLimit || restartsExceed(job, pods, backoffLimit)) return TOO_MANY_FAILURES;
  const leftMs = deadlineMs(job, startTime, nowMs);
  if (leftMs !== undefined && leftMs <= 0) return TOO_LATE;
  if (!isIndexed(job)) return undefined;
  if (maxFailedIndexes !== undefined && failed.size > maxFailedIndexes) return TOO_MANY_FAILED_INDEXES;
  if (failed.size > 0 && failed.size + tally.completed.size >= completions) return FAILED_INDEXES;
  const message = metSuccessPolicy(job, tally.completed);
  return message === undefined ? undefined : { type: 'SuccessCriteriaMet', reason: 'SuccessPolicy', message };
}

function isComplete(job: Job, { succeeded }: Tally, active: number): boolean {
  const { completions } = job.spec ?? {};
  return active === 0 && (completions === undefined ? succeeded > 0 : succeeded >= completions);
}

function finalEvents(job: Job, { type, reason, message }: Verdict, succeeded: number): readonly JobEvent[] {
  if (type === 'FailureTarget') return [{ type: 'Warning', reason, message }];
  const completed: JobEvent = { type: 'Normal', reason: 'Completed', message: 'Job completed' };
  if (job.spec?.completions === undefined || succeeded <= job.spec.completions) return [completed];
  const tooMany = 'Too many succeeded pods running after completion count reached';
  return [{ type: 'Warning', reason: 'TooManySucceededPods', message: tooMany }, completed];
}

/** Containers that are restarted in place count as failures too. */
function restartsExceed(job: Job, pods: readonly Pod[], limit: number): boolean {
  if (job.spec?.template.spec?.restartPolicy !== 'OnFailure') return false;
  const restarts = pods
    .filter(pod => pod.status?.phase === 'Running' || pod.status?.phase === 'Pending')
    .flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])])
    .reduce((sum, { restartCount }) => sum + restartCount, 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

function deadlineMs(job: Job, startTime: string | undefined, nowMs: number): number | undefined {
  const { activeDeadlineSeconds, suspend } = job.spec ?? {};
  if (activeDeadlineSeconds === undefined || !startTime || suspend) return undefined;
  return Date.parse(startTime) + activeDeadlineSeconds * 1_000 - nowMs;
}
