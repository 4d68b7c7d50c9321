/**
 * backoffLimitPerIndex (KEP-3850). How often an index has failed stands in an annotation of its pod, and
 * is carried over to the next one: so a failed pod keeps its finalizer until its replacement is there. Pure.
 */
import type { Job } from '../../generated/batch-v1.ts';
import type { Pod } from '../../generated/core-v1.ts';
import { isActive } from '../pod-management/pod-state.ts';
import { finishedMs } from './backoff.ts';
import { isFailedPod, isTracked } from './counting.ts';
import { failureMeaning } from './failure-policy.ts';
import { indexOf, parseIndexes } from './indexes.ts';

export const FAILURE_COUNT = 'batch.kubernetes.io/job-index-failure-count';
export const IGNORED_FAILURE_COUNT = 'batch.kubernetes.io/job-index-ignored-failure-count';

export interface IndexFailures {
  readonly counted: number;
  readonly ignored: number;
}

export const hasLimitPerIndex = (job: Job): boolean => job.spec?.backoffLimitPerIndex !== undefined;

export const failuresBefore = (pod: Pod): IndexFailures => ({
  counted: numberOf(pod, FAILURE_COUNT),
  ignored: numberOf(pod, IGNORED_FAILURE_COUNT),
});

/** What a pod that replaces `failed` is told; without one it is the first of its index. */
export function failuresWith(job: Job, failed: Pod | undefined): IndexFailures {
  if (!failed) return { counted: 0, ignored: 0 };
  const { counted, ignored } = failuresBefore(failed);
  return failureMeaning(job.spec?.podFailurePolicy, failed).counts
    ? { counted: counted + 1, ignored }
    : { counted, ignored: ignored + 1 };
}

/** Indexes that will not be tried again, those known from before included. */
export function failedIndexes(job: Job, pods: readonly Pod[]): Set<number> {
  const completions = job.spec?.completions ?? 0;
  const failed = parseIndexes(job.status?.failedIndexes, completions);
  for (const pod of pods) {
    const index = indexOf(pod);
    if (index !== undefined && index < completions && isTracked(pod) && endsIndex(job, pod))
      failed.add(index);
  }
  return failed;
}

function endsIndex(job: Job, pod: Pod): boolean {
  if (!isFailedPod(job, pod)) return false;
  const { action, counts } = failureMeaning(job.spec?.podFailurePolicy, pod);
  if (action === 'FailIndex') return true;
  return counts && failuresBefore(pod).counted >= (job.spec?.backoffLimitPerIndex ?? 0);
}

/** By index: the failed pod that waits for its replacement. */
export function awaitingReplacement(
  job: Job,
  pods: readonly Pod[],
  isSettled: (index: number) => boolean,
): Map<number, Pod> {
  const completions = job.spec?.completions ?? 0;
  const active = new Set(pods.filter(isActive).map(indexOf));
  const waiting = new Map<number, Pod>();
  for (const pod of pods) {
    const index = indexOf(pod);
    if (index === undefined || index >= completions || active.has(index) || isSettled(index)) continue;
    if (!isTracked(pod) || !isFailedPod(job, pod)) continue;
    const last = waiting.get(index);
    if (!last || (total(last) <= total(pod) && finishedMs(last) <= finishedMs(pod))) waiting.set(index, pod);
  }
  return waiting;
}

export function total(pod: Pod): number {
  const { counted, ignored } = failuresBefore(pod);
  return counted + ignored;
}

function numberOf(pod: Pod, annotation: string): number {
  const text = pod.metadata.annotations?.[annotation] ?? '';
  const number = /^\d+$/.test(text) ? Number(text) : 0;
  return number < 2 ** 31 ? number : 0;
}
