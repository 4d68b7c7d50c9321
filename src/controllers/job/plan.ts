/**
 * What a Job needs next (concept page "Jobs"). Pure.
 *
 * A Job ends in two steps: first the verdict (SuccessCriteriaMet or FailureTarget), upon which
 * its pods are ended; then, when every pod is counted and none is left running, Complete or
 * Failed. Not here yet: podFailurePolicy, successPolicy, backoffLimitPerIndex.
 */
import { rfc3339 } from '../../base/clock.ts';
import type { Job, JobStatus } from '../../generated/batch-v1.ts';
import type { Pod } from '../../generated/core-v1.ts';
import { isActive, isFinished, isReady, isTerminating } from '../pod-management/pod-state.ts';
import { podsToDelete } from '../pod-management/scale-down-order.ts';
import {
  COMPLETED,
  type Conditions,
  isFinishedJob,
  isTrue,
  TOO_LATE,
  TOO_MANY_FAILURES,
  type Verdict,
  verdictOf,
  withCondition,
} from './conditions.ts';
import { type Count, countPods, isFailedPod, isIndexed, isTracked } from './counting.ts';
import { indexOf } from './indexes.ts';

/** At most so many pods are made in one step. */
const BURST = 500;
const BACKOFF_BASE_MS = 10_000;
const BACKOFF_MAX_MS = 600_000;

export interface JobSnapshot {
  readonly job: Job;
  /** The pods it owns, finished ones and those on their way out included. */
  readonly pods: readonly Pod[];
  /** False: writes of an earlier step are not visible yet. */
  readonly mayAct: boolean;
  readonly nowMs: number;
}

export interface JobPlan {
  /** One entry a pod: its index, undefined for Jobs without. */
  readonly create: readonly (number | undefined)[];
  readonly remove: readonly Pod[];
  /** The status when everything has been carried out; undefined for a finished Job. */
  readonly status: JobStatus | undefined;
  /** After the status: pods to take the finalizer off. */
  readonly release: readonly Pod[];
  readonly events: readonly JobEvent[];
  readonly requeueAfterMs: number | undefined;
}

interface JobEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export function planJob(snapshot: JobSnapshot): JobPlan {
  const { job, pods, mayAct, nowMs } = snapshot;
  if (isFinishedJob(job)) return { ...NOTHING, release: pods.filter(isTracked) };
  const count = countPods(job, pods);
  const active = pods.filter(isActive);
  const events: JobEvent[] = [];
  let { conditions, startTime } = suspension(job, nowMs, events);
  const verdict = verdictOf(conditions) ?? judge(snapshot, count, active, startTime);
  if (verdict) conditions = withCondition(conditions, { ...verdict, status: 'True' }, nowMs);

  const work = mayAct && job.metadata.deletionTimestamp === undefined;
  const step = work ? nextStep(snapshot, count, active, verdict !== undefined) : NO_STEP;
  const left = active.length - step.remove.length + step.create.length;
  const terminating = pods.filter(pod => isTerminating(pod) && !isFinished(pod)).length + step.remove.length;
  let completionTime: string | undefined;
  if (verdict && count.settled && left === 0 && terminating === 0) {
    const succeeded = verdict.type === 'SuccessCriteriaMet';
    conditions = withCondition(
      conditions,
      { ...verdict, type: succeeded ? 'Complete' : 'Failed', status: 'True' },
      nowMs,
    );
    if (succeeded) completionTime = rfc3339(nowMs);
    events.push(
      succeeded
        ? { type: 'Normal', reason: 'Completed', message: 'Job completed' }
        : { type: 'Warning', reason: verdict.reason, message: verdict.message },
    );
  }
  const status: JobStatus = {
    ...(left > 0 ? { active: left } : {}),
    ready: active.filter(pod => isReady(pod) && !step.remove.includes(pod)).length,
    terminating,
    ...count.counted,
    ...(startTime ? { startTime } : {}),
    ...(completionTime ? { completionTime } : {}),
    ...(conditions.length > 0 ? { conditions: [...conditions] } : {}),
  };
  const waits = [step.waitMs, verdict ? undefined : deadlineMs(job, startTime, nowMs)].filter(
    wait => wait !== undefined,
  );
  return {
    create: step.create,
    remove: step.remove,
    status,
    release: count.release,
    events,
    requeueAfterMs: waits.length > 0 ? Math.max(0, Math.min(...waits)) : undefined,
  };
}

const NOTHING: JobPlan = {
  create: [],
  remove: [],
  status: undefined,
  release: [],
  events: [],
  requeueAfterMs: undefined,
};

/** The Suspended condition and the start time; a resumed Job starts anew. */
function suspension(
  job: Job,
  nowMs: number,
  events: JobEvent[],
): { conditions: Conditions; startTime: string | undefined } {
  const conditions = job.status?.conditions ?? [];
  const startTime = job.status?.startTime;
  const suspended = isTrue(conditions, 'Suspended');
  if (verdictOf(conditions)) return { conditions, startTime };
  if (job.spec?.suspend) {
    if (suspended) return { conditions, startTime };
    events.push({ type: 'Normal', reason: 'Suspended', message: 'Job suspended' });
    const next = {
      type: 'Suspended',
      status: 'True',
      reason: 'JobSuspended',
      message: 'Job suspended',
    } as const;
    return { conditions: withCondition(conditions, next, nowMs), startTime };
  }
  if (!suspended) return { conditions, startTime: startTime ?? rfc3339(nowMs) };
  events.push({ type: 'Normal', reason: 'Resumed', message: 'Job resumed' });
  const next = { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' } as const;
  return { conditions: withCondition(conditions, next, nowMs), startTime: rfc3339(nowMs) };
}

function judge(
  { job, pods, nowMs }: JobSnapshot,
  count: Count,
  active: readonly Pod[],
  startTime: string | undefined,
): Verdict | undefined {
  const { backoffLimit = 6, completions } = job.spec ?? {};
  if (count.failed > backoffLimit || restartsExceed(job, pods, backoffLimit)) return TOO_MANY_FAILURES;
  const leftMs = deadlineMs(job, startTime, nowMs);
  if (leftMs !== undefined && leftMs <= 0 && !job.spec?.suspend) return TOO_LATE;
  const complete =
    completions === undefined ? count.succeeded > 0 && active.length === 0 : count.succeeded >= completions;
  return complete ? COMPLETED : undefined;
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

interface Step {
  readonly create: readonly (number | undefined)[];
  readonly remove: readonly Pod[];
  /** Until failed pods may be replaced. */
  readonly waitMs: number | undefined;
}

const NO_STEP: Step = { create: [], remove: [], waitMs: undefined };

function nextStep(snapshot: JobSnapshot, count: Count, active: readonly Pod[], decided: boolean): Step {
  const { job, pods, nowMs } = snapshot;
  if (decided || job.spec?.suspend) return { ...NO_STEP, remove: active };
  const { completions, parallelism = 1 } = job.spec ?? {};
  const wanted =
    completions === undefined
      ? count.succeeded > 0
        ? Math.min(active.length, parallelism)
        : parallelism
      : Math.min(completions - count.succeeded, parallelism);
  const superfluous = isIndexed(job) ? misplaced(active, count, completions ?? 0) : [];
  const others = active.filter(pod => !superfluous.includes(pod));
  const surplus = Math.max(0, others.length - wanted);
  const remove = [...superfluous, ...podsToDelete(others, others, surplus, nowMs)];
  const coming =
    job.spec?.podReplacementPolicy === 'Failed'
      ? pods.filter(pod => isTerminating(pod) && !isFinished(pod)).length
      : 0;
  const missing = Math.min(wanted - others.length - coming, BURST);
  if (missing <= 0) return { ...NO_STEP, remove };
  const waitMs = backoffMs(job, pods, nowMs);
  if (waitMs > 0) return { create: [], remove, waitMs };
  const create = isIndexed(job)
    ? pendingIndexes(others, count, completions ?? 0, missing)
    : Array<undefined>(missing).fill(undefined);
  return { create, remove, waitMs: undefined };
}

/** Active pods whose index is complete, out of range, or worked on by an earlier pod. */
function misplaced(active: readonly Pod[], count: Count, completions: number): readonly Pod[] {
  const seen = new Set<number>();
  return active.filter(pod => {
    const index = indexOf(pod);
    if (index === undefined || index >= completions || count.completed.has(index)) return true;
    if (seen.has(index)) return true;
    seen.add(index);
    return false;
  });
}

function pendingIndexes(
  active: readonly Pod[],
  count: Count,
  completions: number,
  limit: number,
): readonly number[] {
  const taken = new Set(active.map(indexOf));
  const pending: number[] = [];
  for (let index = 0; index < completions && pending.length < limit; index++) {
    if (!taken.has(index) && !count.completed.has(index)) pending.push(index);
  }
  return pending;
}

/** After each failure in a row the next pod waits twice as long: 10 s, 20 s, … 10 min. */
function backoffMs(job: Job, pods: readonly Pod[], nowMs: number): number {
  const succeededMs = Math.max(0, ...pods.filter(pod => pod.status?.phase === 'Succeeded').map(finishedMs));
  const failures = pods.filter(pod => isFailedPod(job, pod)).map(finishedMs);
  const recent = failures.filter(time => time > succeededMs);
  if (recent.length === 0) return 0;
  const delay = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** (recent.length - 1));
  return Math.max(...recent) + delay - nowMs;
}

function finishedMs(pod: Pod): number {
  const times = (pod.status?.containerStatuses ?? []).map(({ state }) => state?.terminated?.finishedAt);
  const known = times.flatMap(time => (time ? [Date.parse(time)] : []));
  if (known.length > 0) return Math.max(...known);
  return Date.parse(pod.metadata.deletionTimestamp ?? pod.metadata.creationTimestamp ?? '') || 0;
}
