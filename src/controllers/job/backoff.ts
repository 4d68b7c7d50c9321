/**
 * How long a failed pod's replacement waits: 10 s, doubling with each failure in a row to 10 min, from
 * the end of the last one. Pure; the controller keeps the record between steps.
 */
import type { Pod } from '../../generated/core-v1.ts';
import { podCondition } from '../pod-management/pod-state.ts';

const BASE_MS = 10_000;
const MAX_MS = 600_000;

export interface BackoffRecord {
  /** Failures since the last success. */
  readonly failures: number;
  /** Milliseconds since the epoch; undefined while there is none. */
  readonly lastFailureMs: number | undefined;
}

export const NO_FAILURES: BackoffRecord = { failures: 0, lastFailureMs: undefined };

/** `succeeded` and `failed` have ended since the record was made. */
export function nextBackoff(
  record: BackoffRecord,
  succeeded: readonly Pod[],
  failed: readonly Pod[],
): BackoffRecord {
  if (succeeded.length === 0 && failed.length === 0) return record;
  const before = succeeded.length > 0 ? NO_FAILURES : record;
  const sinceMs = Math.max(Number.NEGATIVE_INFINITY, ...succeeded.map(finishedMs));
  const times = failed.map(finishedMs).filter(time => time > sinceMs);
  if (times.length === 0) return before;
  return { failures: before.failures + times.length, lastFailureMs: Math.max(...times) };
}

/** Milliseconds until the next pod may be made; 0: now. */
export function backoffLeftMs({ failures, lastFailureMs }: BackoffRecord, nowMs: number): number {
  if (failures === 0 || lastFailureMs === undefined) return 0;
  return Math.max(0, lastFailureMs + Math.min(MAX_MS, BASE_MS * 2 ** (failures - 1)) - nowMs);
}

/** When the pod ended: its last container, else since when it is not ready, else its deletion. */
export function finishedMs(pod: Pod): number {
  const ends = (pod.status?.containerStatuses ?? []).map(({ state }) => state?.terminated?.finishedAt);
  const times = ends.flatMap(end => (end ? [Date.parse(end)] : []));
  if (times.length > 0 && times.length === ends.length) return Math.max(...times);
  const ready = podCondition(pod, 'Ready');
  if (ready?.status === 'False' && ready.lastTransitionTime) return Date.parse(ready.lastTransitionTime);
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, creationTimestamp } = pod.metadata;
  if (deletionTimestamp) return Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1_000;
  return Date.parse(creationTimestamp ?? '') || 0;
}
