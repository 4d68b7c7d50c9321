/**
 * How much of the past is kept. Pure: from samples of the log to the revision to compact to and
 * the time to look again.
 *
 * History is kept while it is younger than `keepMs` and smaller than `keepBytes`, whichever ends
 * first: the age is what clients that resume a watch or page a list rely on (upstream keeps five
 * minutes), the bytes are what the disk must bear in a storm of writes. Both are kept to within
 * one sample.
 */
import type { Revision } from '../contract.ts';

export interface CompactionPolicy {
  /** Milliseconds, above 0. */
  readonly keepMs: number;
  /** Bytes of keys and values written, above 0. */
  readonly keepBytes: number;
}

export const DEFAULT_COMPACTION: CompactionPolicy = { keepMs: 5 * 60_000, keepBytes: 64 * 1024 * 1024 };

/** The log as it was at one moment. */
export interface LogSample {
  readonly revision: Revision;
  /** On the monotonic clock, in milliseconds. */
  readonly atMs: number;
  /** Bytes written up to this revision, since some fixed point. */
  readonly bytes: number;
}

export interface CompactionPlan {
  /** Absent: nothing to compact now. */
  readonly compactTo?: Revision;
  /** The samples that are still needed. */
  readonly kept: readonly LogSample[];
  /** When the oldest of them becomes too old; absent: nothing will unless more is written. */
  readonly nextAtMs?: number;
}

/** A sample is worth taking this often within what is kept; the error is one part in so many. */
const SAMPLES = 10;

/** Whether so much time or so many bytes have gone by since `last` that a sample tells something. */
export function worthSampling(
  last: LogSample | undefined,
  next: LogSample,
  policy: CompactionPolicy,
): boolean {
  return (
    last === undefined ||
    next.atMs - last.atMs >= policy.keepMs / SAMPLES ||
    next.bytes - last.bytes >= policy.keepBytes / SAMPLES
  );
}

/** `samples` oldest first; `bytes` written by now. */
export function planCompaction(
  samples: readonly LogSample[],
  now: { readonly atMs: number; readonly bytes: number },
  policy: CompactionPolicy,
): CompactionPlan {
  const tooOld = samples.findLastIndex(s => now.atMs - s.atMs >= policy.keepMs);
  // The first from which on the rest is small enough; when none is, the newest has to do.
  const small = samples.findIndex(s => now.bytes - s.bytes <= policy.keepBytes);
  const tooMuch = samples.length > 0 && now.bytes - (samples[0] as LogSample).bytes > policy.keepBytes;
  const last = Math.max(tooOld, tooMuch ? (small < 0 ? samples.length - 1 : small) : -1);
  const kept = samples.slice(last + 1);
  const next = kept[0];
  const chosen = samples[last];
  return {
    kept,
    ...(chosen && { compactTo: chosen.revision }),
    ...(next && { nextAtMs: next.atMs + policy.keepMs }),
  };
}
