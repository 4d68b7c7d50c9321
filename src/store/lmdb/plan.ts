/**
 * Decides what a batch of writes does: which preconditions hold, which revision each gets, what
 * is to be written. Pure; the store carries it out in one transaction and answers afterwards.
 *
 * A write sees those before it in the batch. What it is answered is only true once the batch is
 * durable, so a refusal waits for the commit like a success does.
 */
import {
  type Entry,
  KeyExistsError,
  type Revision,
  RevisionConflictError,
  revision,
  type StoreEvent,
} from '../contract.ts';
import type { KeyState, LogRecord } from './codec.ts';

export type Write =
  | { readonly verb: 'create'; readonly key: string; readonly value: Buffer }
  | { readonly verb: 'update'; readonly key: string; readonly value: Buffer; readonly expected: Revision }
  | { readonly verb: 'delete'; readonly key: string; readonly expected: Revision };

export interface BatchPlan {
  /** In revision order, from the base revision + 1 on. */
  readonly records: readonly LogRecord[];
  readonly states: ReadonlyMap<string, KeyState>;
  readonly events: readonly StoreEvent[];
  /** One for each write: its revision, or why it was refused. */
  readonly outcomes: readonly (Revision | Error)[];
}

export interface CommittedState {
  readonly revision: Revision;
  state(key: string): KeyState | undefined;
  /** The value written at `at`, which a KeyState named. */
  value(at: Revision): Buffer;
}

/** @param committed the state before the first of `writes` */
export function planBatch(writes: readonly Write[], committed: CommittedState): BatchPlan {
  const records: LogRecord[] = [];
  const events: StoreEvent[] = [];
  const states = new Map<string, KeyState>();

  const valueAt = (at: Revision): Buffer =>
    at > committed.revision ? (records[at - committed.revision - 1] as LogRecord).value : committed.value(at);
  const entryOf = (key: string, state: KeyState | undefined): Entry | undefined =>
    state && !state.deleted
      ? {
          key,
          value: valueAt(state.modRevision),
          createRevision: state.createRevision,
          modRevision: state.modRevision,
        }
      : undefined;

  const decide = (write: Write): Revision | Error => {
    const { key } = write;
    const before = states.get(key) ?? committed.state(key);
    const exists = before !== undefined && !before.deleted;
    if (write.verb === 'create') {
      if (exists) return new KeyExistsError(entryOf(key, before) as Entry);
    } else if (!exists || before.modRevision !== write.expected) {
      return new RevisionConflictError(key, write.expected, entryOf(key, before));
    }

    const at = revision(committed.revision + records.length + 1);
    const createRevision = exists ? before.createRevision : at;
    const type = write.verb === 'delete' ? 'delete' : 'put';
    const previous = before?.modRevision ?? revision(0);
    const value = write.verb === 'delete' ? Buffer.alloc(0) : write.value;
    events.push({
      type,
      key,
      value: write.verb === 'delete' ? valueAt(previous) : value,
      createRevision,
      revision: at,
    });
    records.push({ type, key, value, createRevision, previous });
    states.set(key, { modRevision: at, createRevision, deleted: type === 'delete' });
    return at;
  };
  return { outcomes: writes.map(decide), records, states, events };
}
