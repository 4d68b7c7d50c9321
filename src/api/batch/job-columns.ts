/** What `kubectl get jobs` shows of a Job's progress. */
import type { Job } from '../../generated/batch-v1.ts';
import { humanDuration } from '../columns.ts';

const holds = (job: Job, type: string) =>
  job.status?.conditions?.some(c => c.type === type && c.status === 'True') ?? false;

/** The most final thing that is true of the Job. */
export function jobStatus(job: Job): string {
  if (holds(job, 'Complete')) return 'Complete';
  if (holds(job, 'Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(type => holds(job, type)) ?? 'Running';
}

/** 1/3; a work queue without completions shows how many pods look for the end: 0/1 of 4. */
export function completions({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

/** How long the Job ran or runs; empty before it starts. */
export function runtime({ status }: Job, nowMs: number): string {
  if (!status?.startTime) return '';
  const end = status.completionTime ? Date.parse(status.completionTime) : nowMs;
  return humanDuration(end - Date.parse(status.startTime));
}
