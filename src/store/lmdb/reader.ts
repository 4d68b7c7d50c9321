/**
 * Reads the tables as they were after a revision. Every read names its revision, never above the
 * one that has been answered: what a commit under way has written already is not seen.
 */
import type { Entry, ListOptions, Revision, StoreEvent } from '../contract.ts';
import { revision, StoreIoError } from '../contract.ts';
import {
  decodeKeyState,
  decodeLogRecord,
  decodeRevision,
  encodeRevision,
  type KeyState,
  type LogRecord,
  prefixEnd,
} from './codec.ts';
import type { Environment } from './environment.ts';

/** What an entry counts for besides its value, so that parts of small ones end too. */
const ENTRY_BYTES = 500;

export class Reader {
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** The revision of the newest write in the log; 0 when it is empty. */
  lastLogged(): Revision {
    for (const key of this.#environment.log.getKeys({ reverse: true, limit: 1 })) return decodeRevision(key);
    return revision(0);
  }

  state(key: string): KeyState | undefined {
    const bytes = this.#environment.keys.get(Buffer.from(key));
    return bytes && decodeKeyState(bytes);
  }

  record(at: Revision): LogRecord | undefined {
    const bytes = this.#environment.log.get(encodeRevision(at));
    return bytes && decodeLogRecord(bytes);
  }

  value(at: Revision): Buffer {
    const record = this.record(at);
    if (!record) {
      throw new StoreIoError(
        `Cannot read ${this.#environment.path}: it is damaged (revision ${at} is missing)`,
      );
    }
    return record.value;
  }

  entry(key: string, at: Revision): Entry | undefined {
    const state = this.state(key);
    return state && this.#entryOf(key, state, at);
  }

  list(options: ListOptions, at: Revision): { entries: Entry[]; remaining: number } {
    const entries: Entry[] = [];
    let remaining = 0;
    for (const { key, value } of this.#environment.keys.getRange(rangeOf(options))) {
      const state = decodeKeyState(value);
      if (options.limit !== undefined && entries.length >= options.limit) {
        if (this.#existed(state, at)) remaining++;
        continue;
      }
      const entry = this.#entryOf(key.toString(), state, at);
      if (entry) entries.push(entry);
    }
    return { entries, remaining };
  }

  /** Entries in key order from the first key after `startAfter`, at least one, until they have `bytes` together. */
  part(startAfter: string | undefined, bytes: number, at: Revision): Entry[] {
    const entries: Entry[] = [];
    let size = 0;
    const range = rangeOf({ prefix: '', ...(startAfter !== undefined && { startAfter }) });
    for (const { key, value } of this.#environment.keys.getRange(range)) {
      const entry = this.#entryOf(key.toString(), decodeKeyState(value), at);
      if (!entry) continue;
      entries.push(entry);
      size += ENTRY_BYTES + entry.value.length;
      if (size >= bytes) break;
    }
    return entries;
  }

  /** At most `limit` writes after `from`, none above `to`, in order. */
  events(from: Revision, to: Revision, limit: number): StoreEvent[] {
    const events: StoreEvent[] = [];
    const range = {
      start: encodeRevision(revision(from + 1)),
      end: encodeRevision(revision(to + 1)),
      limit,
    };
    for (const { key, value } of this.#environment.log.getRange(range)) {
      const record = decodeLogRecord(value);
      events.push({
        type: record.type,
        key: record.key,
        value: record.type === 'delete' ? this.value(record.previous) : record.value,
        createRevision: record.createRevision,
        revision: decodeRevision(key),
      });
    }
    return events;
  }

  #entryOf(key: string, state: KeyState, at: Revision): Entry | undefined {
    if (state.deleted && state.modRevision <= at) return undefined;
    const found = this.#writeAt(state.modRevision, at);
    if (found?.record.type !== 'put') return undefined;
    const { record, modRevision } = found;
    return { key, value: record.value, createRevision: record.createRevision, modRevision };
  }

  #existed(state: KeyState, at: Revision): boolean {
    if (state.modRevision <= at) return !state.deleted;
    return this.#writeAt(state.modRevision, at)?.record.type === 'put';
  }

  /** Goes back from the write at `newest` to the last one not after `at`. */
  #writeAt(newest: Revision, at: Revision): { record: LogRecord; modRevision: Revision } | undefined {
    for (let modRevision = newest; modRevision > 0; ) {
      const record = this.record(modRevision);
      // Compacted away: whoever may ask for `at` is shown nothing of what was before.
      if (!record) return undefined;
      if (modRevision <= at) return { record, modRevision };
      modRevision = record.previous;
    }
    return undefined;
  }
}

function rangeOf({ prefix, startAfter }: ListOptions): { start?: Buffer; end?: Buffer } {
  const first = Buffer.from(prefix);
  const after = startAfter === undefined ? undefined : Buffer.from(`${startAfter}\0`);
  const start = after && Buffer.compare(after, first) > 0 ? after : first;
  const end = prefixEnd(prefix);
  return { ...(start.length > 0 && { start }), ...(end && { end }) };
}
