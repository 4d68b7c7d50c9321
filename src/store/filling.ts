/** A store as a whole: whether it is there, and what it is filled with by a copy or from a snapshot. */
import type { Entry, Revision } from './contract.ts';

export interface Filling {
  /** The first of the entries gets a revision above this one. */
  readonly after: Revision;
  /** In the order they are to be written. */
  readonly entries: readonly Pick<Entry, 'key' | 'value'>[];
  /** So many have been written; called now and then, and at the end. */
  readonly onProgress: (written: number) => void;
}

/** 'incomplete': filling it was interrupted, so it is nobody's. */
export type Presence = 'none' | 'incomplete' | 'there';
