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
import { formatIndexes, indexOf, parseIndexes } from './indexes.ts';

export const TRACKING_FINALIZER = 'batch.kubernetes.io/job-tracking';

export interface Count {
  /** Finished pods in all, those not yet part of the status' numbers included. */
  readonly succeeded: number;
  readonly failed: number;
  /** For the status. */
  readonly counted: Pick<JobStatus, 'succeeded' | 'failed' | 'completedIndexes' | 'uncountedTerminatedPods'>;
  /** Indexes that are complete; empty for other Jobs. */
  readonly completed: ReadonlySet<number>;
  /** Pods to take the finalizer off once the status has been written. */
  readonly release: readonly Pod[];
  /** Nothing waits to be counted. */
  readonly settled: boolean;
}

export const isIndexed = (job: Job): boolean => job.spec?.completionMode === 'Indexed';

export const isTracked = (pod: Pod): boolean =>
  pod.metadata.finalizers?.includes(TRACKING_FINALIZER) === true;

/** With podReplacementPolicy Failed, a pod counts as failed when it has failed, not on its way out. */
export function isFailedPod(job: Job, pod: Pod): boolean {
  if (pod.status?.phase === 'Failed') return true;
  if (job.spec?.podReplacementPolicy === 'Failed') return false;
  return isTerminating(pod) && pod.status?.phase !== 'Succeeded';
}

export function countPods(job: Job, pods: readonly Pod[]): Count {
  const {
    succeeded = 0,
    failed = 0,
    uncountedTerminatedPods: waiting = {},
    completedIndexes,
  } = job.status ?? {};
  const indexed = isIndexed(job);
  const completed = parseIndexes(completedIndexes, job.spec?.completions ?? 0);
  const tracked = new Set(pods.filter(isTracked).map(uidOf));
  const stillTracked = (uids: readonly string[] = []) => uids.filter(uid => tracked.has(uid));
  const waitingSucceeded = stillTracked(waiting.succeeded);
  const waitingFailed = stillTracked(waiting.failed);
  const countedSucceeded = succeeded + (waiting.succeeded?.length ?? 0) - waitingSucceeded.length;
  const countedFailed = failed + (waiting.failed?.length ?? 0) - waitingFailed.length;
  const release: Pod[] = [];
  for (const pod of pods) {
    if (!isTracked(pod)) continue;
    const uid = uidOf(pod);
    if (waitingSucceeded.includes(uid) || waitingFailed.includes(uid)) {
      release.push(pod);
    } else if (pod.status?.phase === 'Succeeded') {
      release.push(pod);
      const index = indexOf(pod);
      if (!indexed) waitingSucceeded.push(uid);
      else if (index !== undefined && index < (job.spec?.completions ?? 0)) completed.add(index);
    } else if (isFailedPod(job, pod)) {
      release.push(pod);
      waitingFailed.push(uid);
    }
  }
  const total = indexed ? completed.size : countedSucceeded + waitingSucceeded.length;
  const shown = indexed ? completed.size : countedSucceeded;
  return {
    succeeded: total,
    failed: countedFailed + waitingFailed.length,
    completed,
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
