/**
 * The embedded store: LMDB through the `lmdb` package (codec.ts has the tables).
 *
 * Group commit: one commit is under way at a time; the writes that arrive meanwhile are planned
 * and committed together as the next. So when a batch is planned, everything before it has been
 * answered, and its preconditions are checked against plain committed state. A commit costs two
 * syncs of the disk whatever its size: 32 writers pay them together.
 *
 *   write ─► queue ─► plan (plan.ts) ─► one LMDB transaction ─► events to watches ─► answers
 *
 * A commit that fails (disk full) refuses its writes and changes nothing; the store goes on. If
 * afterwards the log is not where it was, what is on disk is unknown, and nothing more is written
 * until the store is opened again.
 *
 * Limits: MAX_BATCH_WRITES and MAX_BATCH_BYTES bound a commit, so one that is under way holds up
 * the next for milliseconds.
 */
import { resolve } from 'node:path';
import {
  type Entry,
  FutureRevisionError,
  type ListOptions,
  type ListResult,
  type Revision,
  revision,
  type Store,
  StoreClosedError,
  StoreIoError,
  type StoreWatch,
  type WatchOptions,
} from '../contract.ts';
import { checkKey } from '../key.ts';
import { readable } from '../readable.ts';
import { Watchers } from '../watchers.ts';
import { type Beside, ownerOf, serveBeside } from './beside.ts';
import { encodeKeyState, encodeLogRecord, encodeRevision } from './codec.ts';
import {
  closeEnvironment,
  type Environment,
  FILE,
  heldBy,
  ioError,
  metaRevision,
  openEnvironment,
  readMetaRevision,
} from './environment.ts';
import { type BatchPlan, planBatch, type Write } from './plan.ts';
import { Reader } from './reader.ts';
import { Serial } from './serial.ts';
import { planSweep } from './sweep.ts';

const MAX_BATCH_WRITES = 1024;
const MAX_BATCH_BYTES = 8 * 1024 * 1024;
/** How many writes of the past are read in one go, before others get their turn. */
const CATCH_UP_EVENTS = 256;
const SWEEP_WRITES = 512;

export interface LmdbStoreOptions {
  /** Is made when it is not there. Holds store.mdb, LMDB's store.mdb-lock, and store.sock while it is open. */
  readonly directory: string;
  /** The revision a store that is made anew begins after; absent: 0. */
  readonly first?: Revision;
}

interface Pending {
  readonly write: Write;
  readonly resolve: (at: Revision) => void;
  readonly reject: (error: Error) => void;
}

export class LmdbStore implements Store {
  readonly #environment: Environment;
  readonly #reader: Reader;
  readonly #watchers = new Watchers();
  readonly #serial = new Serial();
  #queue: Pending[] = [];
  #scheduled = false;
  #revision: Revision;
  #compacted: Revision;
  /** Rows that compaction made unreadable have been removed up to here. */
  #swept: Revision;
  #failure: StoreIoError | undefined;
  #closing: Promise<void> | undefined;
  #beside: Beside | undefined;

  /** @throws StoreIoError: another process has it open, the file is damaged, no permission */
  static async open(options: LmdbStoreOptions): Promise<LmdbStore> {
    const owner = await ownerOf(options.directory);
    if (owner !== undefined) throw heldBy(resolve(options.directory, FILE), owner);
    const store = new LmdbStore(openEnvironment(options.directory, { first: options.first }));
    try {
      store.#beside = await serveBeside(options.directory, {
        revision: () => store.#readable(undefined),
        part: (after, bytes, at) => store.#reader.part(after, bytes, store.#readable(at)),
      });
    } catch (error) {
      await store.close();
      throw ioError(`open the store ${store.#environment.path}`, error);
    }
    // What a compaction before left over. Where the disk is full it is left once more.
    await store.#sweep().catch(() => {});
    return store;
  }

  private constructor(environment: Environment) {
    this.#environment = environment;
    this.#reader = new Reader(environment);
    this.#compacted = readMetaRevision(environment, 'compacted');
    this.#swept = readMetaRevision(environment, 'swept');
    // The log may be empty when all that was written has been deleted and compacted.
    this.#revision = revision(Math.max(this.#reader.lastLogged(), this.#compacted));
  }

  /** Why nothing is written any more, for people; undefined while all is well. */
  problem(): string | undefined {
    return this.#failure?.message ?? (this.#closing ? 'the store is closed' : undefined);
  }

  currentRevision(): Revision {
    return this.#revision;
  }

  compactedRevision(): Revision {
    return this.#compacted;
  }

  async get(key: string, at?: Revision): Promise<Entry | undefined> {
    return this.#reader.entry(key, this.#readable(at));
  }

  async list(options: ListOptions): Promise<ListResult> {
    const at = this.#readable(options.revision);
    return { ...this.#reader.list(options, at), revision: at };
  }

  create(key: string, value: Buffer): Promise<Revision> {
    return this.#submit({ verb: 'create', key, value });
  }

  update(key: string, value: Buffer, expected: Revision): Promise<Revision> {
    return this.#submit({ verb: 'update', key, value, expected });
  }

  delete(key: string, expected: Revision): Promise<Revision> {
    return this.#submit({ verb: 'delete', key, expected });
  }

  async watch(options: WatchOptions): Promise<StoreWatch> {
    let from = this.#readable(options.from);
    while (from < this.#revision) {
      const past = this.#reader.events(from, this.#revision, CATCH_UP_EVENTS);
      from = past.at(-1)?.revision ?? this.#revision;
      const matching = past.filter(event => event.key.startsWith(options.prefix));
      if (matching.length > 0) options.onEvents(matching);
      if (from >= this.#revision) break;
      await new Promise(setImmediate);
      from = this.#readable(from);
    }
    return this.#watchers.add({ ...options, from });
  }

  async compact(at: Revision): Promise<void> {
    this.#assertOpen();
    if (at > this.#revision) throw new FutureRevisionError(at, this.#revision);
    await this.#serial.run(async () => {
      if (at <= this.#compacted) return;
      await this.#write('compact', ({ meta }) => {
        void meta.put('compacted', metaRevision(at));
      });
      this.#compacted = at;
    });
    await this.#sweep();
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    do await this.#serial.run(async () => {});
    while (this.#scheduled || this.#queue.length > 0);
    this.#watchers.end(new StoreClosedError());
    await this.#serial.run(() => closeEnvironment(this.#environment));
    await this.#beside?.close();
  }

  async #submit(write: Write): Promise<Revision> {
    this.#assertOpen();
    checkKey(write.key);
    return new Promise((resolve, reject) => {
      this.#queue.push({ write, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#queue.length === 0) return;
    this.#scheduled = true;
    void this.#serial.run(async () => {
      this.#scheduled = false;
      const batch = this.#takeBatch();
      this.#schedule();
      await this.#commit(batch);
    });
  }

  #takeBatch(): readonly Pending[] {
    let bytes = 0;
    let count = 0;
    while (count < Math.min(this.#queue.length, MAX_BATCH_WRITES) && bytes < MAX_BATCH_BYTES) {
      const { write } = this.#queue[count++] as Pending;
      bytes += write.verb === 'delete' ? 0 : write.value.length;
    }
    return this.#queue.splice(0, count);
  }

  async #commit(batch: readonly Pending[]): Promise<void> {
    let plan: BatchPlan;
    try {
      plan = this.#plan(batch);
      if (plan.records.length > 0) await this.#write('write', tables => putAll(tables, plan, this.#revision));
    } catch (error) {
      for (const { reject } of batch) reject(error as Error);
      return;
    }
    this.#revision = revision(this.#revision + plan.records.length);
    if (plan.events.length > 0) this.#watchers.dispatch(plan.events);
    batch.forEach(({ resolve, reject }, i) => {
      const outcome = plan.outcomes[i] as Revision | Error;
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    });
  }

  #plan(batch: readonly Pending[]): BatchPlan {
    const writes = batch.map(({ write }) => write);
    return planBatch(writes, {
      revision: this.#revision,
      state: key => this.#reader.state(key),
      value: at => this.#reader.value(at),
    });
  }

  /** One transaction. Resolves when it is durable. @throws StoreIoError, having changed nothing. */
  async #write(action: string, change: (tables: Environment) => void): Promise<void> {
    if (this.#failure) throw this.#failure;
    try {
      // In a batch the single puts do not answer; the batch answers for all of them.
      await this.#environment.root.batch(() => change(this.#environment));
    } catch (error) {
      // lmdb rejects with a wrapper; the reason comes by itself a moment later.
      const { commitError } = error as { commitError?: Promise<never> };
      const reason = commitError ? await commitError.catch((e: unknown) => e) : error;
      const failure = ioError(`${action} to ${this.#environment.path}`, reason);
      if (this.#reader.record(revision(this.#revision + 1))) this.#failure = failure;
      throw failure;
    }
  }

  /** Removes what compaction made unreadable, a part at a time so that writes get their turn. */
  async #sweep(): Promise<void> {
    while (this.#swept < this.#compacted && !this.#closing) {
      await this.#serial.run(() => this.#sweepPart());
    }
  }

  async #sweepPart(): Promise<void> {
    if (this.#swept >= this.#compacted || this.#closing) return;
    const to = revision(Math.min(this.#compacted, this.#swept + SWEEP_WRITES));
    const written = [];
    for (let at = revision(this.#swept + 1); at <= to; at = revision(at + 1)) {
      const record = this.#reader.record(at);
      if (record) written.push({ at, record });
    }
    const { revisions, keys } = planSweep(written, key => this.#reader.state(key));
    await this.#write('compact', ({ log, keys: states, meta }) => {
      for (const at of revisions) void log.remove(encodeRevision(at));
      for (const key of keys) void states.remove(Buffer.from(key));
      void meta.put('swept', metaRevision(to));
    });
    this.#swept = to;
  }

  #assertOpen(): void {
    if (this.#closing) throw new StoreClosedError();
  }

  #readable(at: Revision | undefined): Revision {
    this.#assertOpen();
    return readable(at, { current: this.#revision, compacted: this.#compacted });
  }
}

function putAll(tables: Environment, plan: BatchPlan, base: Revision): void {
  plan.records.forEach((record, i) => {
    const at = encodeRevision(revision(base + i + 1));
    // Rejects by itself, with the batch, which is what is waited for.
    tables.log.put(at, encodeLogRecord(record), { append: true }).catch(() => {});
  });
  for (const [key, state] of plan.states) void tables.keys.put(Buffer.from(key), encodeKeyState(state));
}
