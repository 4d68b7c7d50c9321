/** Which pods a Job that goes on makes, and which are too many. Pure. */
import type { Job } from '../../generated/batch-v1.ts';
import type { Pod } from '../../generated/core-v1.ts';
import { isFinished, isTerminating } from '../pod-management/pod-state.ts';
import { podsToDelete } from '../pod-management/scale-down-order.ts';
import { type BackoffRecord, backoffLeftMs, finishedMs } from './backoff.ts';
import { isIndexed, replacesOnlyFailed, type Tally } from './counting.ts';
import { failuresWith, hasLimitPerIndex, type IndexFailures, total } from './index-failures.ts';
import { indexOf } from './indexes.ts';

/** At most so many pods are made or deleted in one step. */
const BURST = 500;

export interface NewPod {
  /** Undefined for Jobs without. */
  readonly index?: number;
  /** With backoffLimitPerIndex: how often the index has failed. */
  readonly failures?: IndexFailures;
}

export interface Step {
  readonly create: readonly NewPod[];
  /** Superfluous: deleted without being counted as failed. */
  readonly withdraw: readonly Pod[];
  /** Until failed pods may be replaced. */
  readonly waitMs: number | undefined;
}

export const NO_STEP: Step = { create: [], withdraw: [], waitMs: undefined };

export interface StepInput {
  readonly job: Job;
  readonly pods: readonly Pod[];
  readonly active: readonly Pod[];
  readonly tally: Tally;
  /** With backoffLimitPerIndex. */
  readonly failedIndexes: ReadonlySet<number>;
  readonly awaiting: ReadonlyMap<number, Pod>;
  readonly backoff: BackoffRecord;
  readonly nowMs: number;
}

/** Either makes pods or deletes some, which goes first. */
export function nextStep(input: StepInput): Step {
  const { job, pods, active, tally, backoff, nowMs } = input;
  if (job.spec?.suspend) return { ...NO_STEP, withdraw: active };
  const { completions, parallelism = 1 } = job.spec ?? {};
  const wanted =
    completions === undefined
      ? tally.succeeded > 0
        ? active.length
        : parallelism
      : Math.max(0, Math.min(completions - tally.succeeded, parallelism));
  const withdraw = superfluous(job, active, Math.max(0, active.length - wanted), nowMs).slice(0, BURST);
  if (withdraw.length > 0) return { ...NO_STEP, withdraw };
  const coming = replacesOnlyFailed(job) ? pods.filter(isGoing).length : 0;
  const missing = Math.min(wanted - active.length - coming, BURST);
  if (missing <= 0) return NO_STEP;
  const waitMs = hasLimitPerIndex(job) ? 0 : backoffLeftMs(backoff, nowMs);
  if (waitMs > 0) return { ...NO_STEP, waitMs };
  if (!isIndexed(job)) return { ...NO_STEP, create: Array<NewPod>(missing).fill({}) };
  const indexes = pendingIndexes(input, missing);
  if (!hasLimitPerIndex(job)) return { ...NO_STEP, create: indexes.map(index => ({ index })) };
  return withFailures(input, indexes);
}

/** Each index has a backoff of its own; none that is due: the next one is waited for. */
function withFailures({ job, awaiting, nowMs }: StepInput, indexes: readonly number[]): Step {
  const waits = indexes.map(index => {
    const failed = awaiting.get(index);
    if (!failed) return 0;
    return backoffLeftMs({ failures: total(failed) + 1, lastFailureMs: finishedMs(failed) }, nowMs);
  });
  const due = indexes.filter((_, i) => waits[i] === 0);
  if (due.length === 0 && waits.length > 0) return { ...NO_STEP, waitMs: Math.min(...waits) };
  const create = due.map(index => ({ index, failures: failuresWith(job, awaiting.get(index)) }));
  return { ...NO_STEP, create };
}

export const isGoing = (pod: Pod): boolean => isTerminating(pod) && !isFinished(pod);

/** Pods without a valid index, all but one of each index, and as many more as there are too many. */
function superfluous(job: Job, active: readonly Pod[], atLeast: number, nowMs: number): readonly Pod[] {
  const misplaced = new Set<Pod>();
  if (isIndexed(job)) {
    const byIndex = new Map<number, Pod[]>();
    for (const pod of active) {
      const index = indexOf(pod);
      if (index === undefined || index >= (job.spec?.completions ?? 0)) misplaced.add(pod);
      else byIndex.set(index, [...(byIndex.get(index) ?? []), pod]);
    }
    for (const same of byIndex.values())
      if (same.length > 1)
        for (const pod of podsToDelete(same, same, same.length - 1, nowMs)) misplaced.add(pod);
  }
  const others = active.filter(pod => !misplaced.has(pod));
  const more = Math.max(0, atLeast - misplaced.size);
  return [...misplaced, ...podsToDelete(others, others, more, nowMs)];
}

function pendingIndexes(
  { job, pods, active, tally, failedIndexes }: StepInput,
  limit: number,
): readonly number[] {
  const busy = replacesOnlyFailed(job) ? [...active, ...pods.filter(isGoing)] : active;
  const taken = new Set(busy.map(indexOf));
  const pending: number[] = [];
  for (let index = 0; index < (job.spec?.completions ?? 0) && pending.length < limit; index++) {
    if (!taken.has(index) && !tally.completed.has(index) && !failedIndexes.has(index)) pending.push(index);
  }
  return pending;
}
