/** Which revisions can be read: the same for every backend (contract.ts, Store). Pure. */
import { CompactedError, FutureRevisionError, type Revision } from './contract.ts';

export interface RevisionRange {
  /** The newest there is. */
  readonly current: Revision;
  /** The oldest whose state is kept. */
  readonly compacted: Revision;
}

/**
 * @param at what is asked for; undefined: the newest
 * @returns the revision to read at
 * @throws FutureRevisionError when there is none of that number yet
 * @throws CompactedError when its state is no longer kept
 */
export function readable(at: Revision | undefined, { current, compacted }: RevisionRange): Revision {
  if (at === undefined) return current;
  if (at > current) throw new FutureRevisionError(at, current);
  if (at < compacted) throw new CompactedError(at, compacted);
  return at;
}
