/**
 * Fills a store with what was read from another, or from a snapshot.
 *
 * Kept: every object as it is, and the order in which they were last changed. Not kept: the
 * revisions themselves, which become higher ones, and the past. So a client that knows an older
 * resourceVersion is told that it is too old (410) and lists again; it is never shown the wrong state.
 */
import { type Entry, type ListResult, type Revision, revision } from '../../store/contract.ts';
import type { StoreContents } from './contents.ts';

export interface Replacement {
  readonly target: StoreContents;
  readonly source: Pick<ListResult, 'entries' | 'revision'>;
  /** The newest revision that clients of the target may know. */
  readonly known: Revision;
  /** For people. */
  readonly tell: (text: string) => void;
}

/** @returns the newest revision afterwards */
export function replaceContents({ target, source, known, tell }: Replacement): Promise<Revision> {
  const total = source.entries.length;
  return target.fill({
    after: revision(Math.max(source.revision, known)),
    entries: byModification(source.entries),
    onProgress: written => tell(`${written} of ${total} objects`),
  });
}

function byModification(entries: readonly Entry[]): readonly Entry[] {
  return entries.toSorted((a, b) => a.modRevision - b.modRevision);
}
