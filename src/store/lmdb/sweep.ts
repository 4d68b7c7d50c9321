/**
 * Which rows a compaction removes. Pure.
 *
 * Going through the writes up to the compacted revision in order, each makes the write before it
 * to the same key unreadable; a deletion is not needed itself either, nor is its key, unless the
 * key has been written again. So what is removed is exactly what nobody can read any more, in
 * time proportional to what was written, whatever the size of the store.
 */
import type { Revision } from '../contract.ts';
import type { KeyState, LogRecord } from './codec.ts';

export interface SweepPlan {
  readonly revisions: readonly Revision[];
  readonly keys: readonly string[];
}

/**
 * @param written all records up to the compacted revision, in order
 * @param state of a key now
 */
export function planSweep(
  written: readonly { readonly at: Revision; readonly record: LogRecord }[],
  state: (key: string) => KeyState | undefined,
): SweepPlan {
  const revisions: Revision[] = [];
  const keys: string[] = [];
  for (const { at, record } of written) {
    if (record.previous > 0) revisions.push(record.previous);
    if (record.type !== 'delete') continue;
    revisions.push(at);
    if (state(record.key)?.modRevision === at) keys.push(record.key);
  }
  return { revisions, keys };
}
