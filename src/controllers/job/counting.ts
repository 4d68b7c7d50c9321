/**
 * Counts finished pods exactly once, whatever is deleted or crashes in between (KEP-2307). Pure.
 *
 * Every pod carries a finalizer. A finished pod's uid is first written into the Job's status
 * (`uncountedTerminatedPods`), then its finalizer is taken off, and only when it is seen without
 * (or gone) does the uid become part of the number. Indexed successes need no such list: an index
 * that is complete is complete.
 */
import type { Job, JobStatus } from '../../generated/batch-v1.ts';
import type { Pod } from '../../generated/core-v1.ts';
import { isTerminating } from '../pod-management/pod-state.ts';
import { failureMeaning } from './failure-policy.ts';
import { formatIndexes, indexOf, parseIndexes } from './indexes.ts';

export const TRACKING_FINALIZER = 'batch.kubernetes.io/job-tracking';

export interface Tally {
  /** Finished since the last count. */
  readonly newlySucceeded: readonly Pod[];
  readonly newlyFailed: readonly Pod[];
  /** In all, those not yet part of the status' numbers included. */
  readonly succeeded: number;
  /** Without those a podFailurePolicy ignores. */
  readonly failed: number;
  /** Indexes that are complete; empty for other Jobs. */
  readonly completed: ReadonlySet<number>;
}

export const isIndexed = (job: Job): boolean => job.spec?.completionMode === 'Indexed';

export const isTracked = (pod: Pod): boolean =>
  pod.metadata.finalizers?.includes(TRACKING_FINALIZER) === true;

/** Whether a pod is replaced only when it has failed, not already on its way out (KEP-3939). */
export const replacesOnlyFailed = (job: Job): boolean =>
  job.spec?.podReplacementPolicy === 'Failed' || job.spec?.podFailurePolicy !== undefined;

/**
 * Failed, or counted as failed because it is being deleted (unless podReplacementPolicy waits for its
 * end).
 */
export function isFailedPod(job: Job, pod: Pod): boolean {
  if (pod.status?.phase === 'Failed') return true;
  if (replacesOnlyFailed(job)) return false;
  return isTerminating(pod) && pod.status?.phase !== 'Succeeded';
}

export function tallyPods(job: Job, pods: readonly Pod[]): Tally {
  const { succeeded = 0, failed = 0, uncountedTerminatedPods: waiting = {} } = job.status ?? {};
  const isNew = (pod: Pod, known: readonly string[] = []) =>
    isTracked(pod) && !known.includes(uidOf(pod)) && hasPlace(job, pod);
  const newlySucceeded = pods.filter(
    pod => pod.status?.phase === 'Succeeded' && isNew(pod, waiting.succeeded),
  );
  const newlyFailed = pods.filter(pod => isFailedPod(job, pod) && isNew(pod, waiting.failed));
  const counting = newlyFailed.filter(pod => failureMeaning(job.spec?.podFailurePolicy, pod).counts);
  const completed = parseIndexes(job.status?.completedIndexes, job.spec?.completions ?? 0);
  if (isIndexed(job)) for (const pod of newlySucceeded) completed.add(indexOf(pod) ?? 0);
  return {
    newlySucceeded,
    newlyFailed,
    succeeded: isIndexed(job)
      ? completed.size
      : succeeded + newlySucceeded.length + (waiting.succeeded?.length ?? 0),
    failed: failed + counting.length + (waiting.failed?.length ?? 0),
    completed,
  };
}

/** Pods of an Indexed Job count only with an index that is wanted. */
function hasPlace(job: Job, pod: Pod): boolean {
  if (!isIndexed(job)) return true;
  const index = indexOf(pod);
  return index !== undefined && index < (job.spec?.completions ?? 0);
}

export interface TrackInput {
  readonly job: Job;
  readonly pods: readonly Pod[];
  readonly tally: Tally;
  /** The Job ends now, and how: then every pod is let go. */
  readonly ending: 'succeeds' | 'fails' | undefined;
  /** Failed pods that keep their finalizer for now. */
  readonly kept: ReadonlySet<Pod>;
}

export interface Tracked {
  /** For the status. */
  readonly counted: Pick<JobStatus, 'succeeded' | 'failed' | 'completedIndexes' | 'uncountedTerminatedPods'>;
  /** Pods to take the finalizer off once the status has been written. */
  readonly release: readonly Pod[];
  /** Nothing waits to be counted. */
  readonly settled: boolean;
}

export function trackPods({ job, pods, tally, ending, kept }: TrackInput): Tracked {
  const { succeeded = 0, failed = 0, uncountedTerminatedPods: waiting = {} } = job.status ?? {};
  const tracked = new Set(pods.filter(isTracked).map(uidOf));
  const stillTracked = (uids: readonly string[] = []) => uids.filter(uid => tracked.has(uid));
  const waitingSucceeded = stillTracked(waiting.succeeded);
  const waitingFailed = stillTracked(waiting.failed);
  const countedSucceeded = succeeded + (waiting.succeeded?.length ?? 0) - waitingSucceeded.length;
  const countedFailed = failed + (waiting.failed?.length ?? 0) - waitingFailed.length;
  const lettingAllGo = ending !== undefined || job.metadata.deletionTimestamp !== undefined;
  const release: Pod[] = [];
  for (const pod of pods) {
    if (!isTracked(pod)) continue;
    const hasSucceeded = pod.status?.phase === 'Succeeded';
    const hasFailed = isFailedPod(job, pod);
    if (!lettingAllGo && !hasSucceeded && (!hasFailed || kept.has(pod))) continue;
    release.push(pod);
    const uid = uidOf(pod);
    if (hasSucceeded && !waitingFailed.includes(uid)) {
      if (!isIndexed(job) && !waitingSucceeded.includes(uid)) waitingSucceeded.push(uid);
    } else if (hasFailed || ending === 'fails') {
      // When the Job has failed, what still runs has failed with it.
      const counts = hasPlace(job, pod) && failureMeaning(job.spec?.podFailurePolicy, pod).counts;
      if (counts && !waitingFailed.includes(uid)) waitingFailed.push(uid);
    }
  }
  const { completed } = tally;
  const shown = isIndexed(job) ? completed.size : countedSucceeded;
  return {
    release,
    settled: waitingSucceeded.length + waitingFailed.length === 0,
    counted: {
      ...(shown > 0 ? { succeeded: shown } : {}),
      ...(countedFailed > 0 ? { failed: countedFailed } : {}),
      ...(completed.size > 0 ? { completedIndexes: formatIndexes(completed) } : {}),
      uncountedTerminatedPods: {
        ...(waitingSucceeded.length > 0 ? { succeeded: waitingSucceeded } : {}),
        ...(waitingFailed.length > 0 ? { failed: waitingFailed } : {}),
      },
    },
  };
}

const uidOf = (pod: Pod) => pod.metadata.uid ?? '';
