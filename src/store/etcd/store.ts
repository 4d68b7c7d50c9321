/**
 * The store in etcd v3 (layout.ts has the keys and how revisions are counted).
 *
 *   write ─► transaction ──────────────► etcd ─► answered revision ─┐
 *                                         │                         ├─► answer
 *   watches ◄─ hand out ◄─ recent events ◄─ one watch (feed.ts) ────┘
 *
 * Each write is a transaction of its own, as each gets a revision of its own; many are under way
 * at once, and etcd commits them together. A write is answered when the one watch has brought its
 * event, so whoever reads after its own write sees it. Reads are at the revision the watch has
 * reached, hence a list and the watch that goes on from it agree.
 *
 * When etcd is away, reads and writes that were not sent wait for it, up to their time. A write
 * whose answer was lost ends with an error that says so; whether it was done is seen in the watch.
 *
 * When somebody else compacts etcd beyond what the watch has seen (we were cut off), what was in
 * between is lost: every watch ends with CompactedError, and the past with it.
 *
 * Limits: WRITES_AT_ONCE. etcd should be there for this store alone: others' writes use up
 * revisions, and compaction is of everything in it. One Peapod at a time.
 */
import {
  CompactedError,
  type Entry,
  FutureRevisionError,
  KeyExistsError,
  type ListOptions,
  type ListResult,
  type Revision,
  type RevisionConflictError,
  revision,
  type Store,
  StoreClosedError,
  type StoreEvent,
  StoreIoError,
  type StoreWatch,
  type WatchOptions,
} from '../contract.ts';
import { checkKey } from '../key.ts';
import { readable } from '../readable.ts';
import { Watchers } from '../watchers.ts';
import { type Connection, connect, type EtcdStoreOptions } from './connect.ts';
import { decodeEvent } from './decode.ts';
import { etcdError, isCompacted, isFuture, isServiceError } from './errors.ts';
import { runFeed } from './feed.ts';
import { followHistory } from './history.ts';
import type { RawEvent } from './messages.ts';
import { Milestones } from './milestones.ts';
import { RecentEvents } from './recent-events.ts';
import { Slots } from './slots.ts';
import { type Committed, Transactions } from './transactions.ts';
import { probeCompacted } from './watch-stream.ts';

const WRITES_AT_ONCE = 128;
/** How far back the feed begins: etcd gives so many writes in one go. */
const WARM_UP_REVISIONS = 1000;

/** Made by `EtcdStore.open`; `close` must be called. */
export class EtcdStore implements Store {
  readonly #connection: Connection;
  readonly #options: EtcdStoreOptions;
  readonly #watchers = new Watchers();
  readonly #slots = new Slots(WRITES_AT_ONCE);
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #milestones: Milestones;
  readonly #transactions: Transactions;
  readonly #recent: RecentEvents;
  readonly #ending = new AbortController();
  #feed: Promise<void> = Promise.resolve();
  #revision: Revision;
  #compacted: Revision;
  /** Why nothing comes from etcd at the moment. */
  #away: StoreIoError | undefined;
  /** Why nothing will come any more. */
  #failure: StoreIoError | undefined;
  #closing: Promise<void> | undefined;

  /** @throws StoreIoError: etcd cannot be reached, the store is of another version, or half filled */
  static async open(options: EtcdStoreOptions): Promise<EtcdStore> {
    const connection = await connect(options, true);
    const store = new EtcdStore(options, connection);
    try {
      await store.#start(connection.head);
    } catch (error) {
      await store.close();
      throw etcdError('open the store in', connection.client.where, error);
    }
    return store;
  }

  private constructor(options: EtcdStoreOptions, connection: Connection) {
    this.#options = options;
    this.#connection = connection;
    this.#transactions = new Transactions(connection);
    this.#compacted = connection.compacted;
    const head = connection.numbering.ours(connection.head);
    const start = revision(Math.max(this.#compacted, head - WARM_UP_REVISIONS));
    this.#revision = start;
    this.#recent = new RecentEvents(start);
    this.#milestones = new Milestones(options.clock, start);
  }

  /** What is wrong at the moment, for people; undefined while all is well. */
  problem(): string | undefined {
    return (this.#failure ?? this.#away)?.message ?? (this.#closing ? 'the store is closed' : undefined);
  }

  currentRevision(): Revision {
    return this.#revision;
  }

  compactedRevision(): Revision {
    return this.#compacted;
  }

  get(key: string, at?: Revision): Promise<Entry | undefined> {
    return this.#read(at, from => this.#connection.reader.entry(key, from));
  }

  list(options: ListOptions): Promise<ListResult> {
    return this.#read(options.revision, async from => ({
      ...(await this.#connection.reader.list(options, from)),
      revision: from,
    }));
  }

  create(key: string, value: Buffer): Promise<Revision> {
    return this.#submit(key, () => this.#transactions.create(key, value));
  }

  update(key: string, value: Buffer, expected: Revision): Promise<Revision> {
    return this.#submit(key, () => this.#transactions.update(key, value, expected));
  }

  delete(key: string, expected: Revision): Promise<Revision> {
    return this.#submit(key, () => this.#transactions.delete(key, expected));
  }

  async watch(options: WatchOptions): Promise<StoreWatch> {
    let from = this.#readable(options.from);
    // Others write meanwhile, and what was recent may be history when it has been reached.
    while (from < this.#recent.since) {
      const { clock } = this.#options;
      from = await followHistory({
        ...this.#connection,
        clock,
        from,
        prefix: options.prefix,
        onEvents: options.onEvents,
        recentFrom: () => this.#recent.since,
        signal: this.#ending.signal,
      }).catch(error => this.#explain(error, options.from));
      from = this.#readable(from);
    }
    const recent = this.#recent.after(from).filter(event => event.key.startsWith(options.prefix));
    // Registered before it is called: what the callback writes must find it.
    const watch = this.#watchers.add({ ...options, from: this.#revision });
    if (recent.length > 0) options.onEvents(recent);
    return watch;
  }

  async compact(at: Revision): Promise<void> {
    this.#assertOpen();
    if (at > this.#revision) throw new FutureRevisionError(at, this.#revision);
    if (at <= this.#compacted) return;
    const { client, numbering } = this.#connection;
    try {
      await client.compact(numbering.theirs(at));
      this.#compacted = revision(Math.max(this.#compacted, at));
    } catch (error) {
      // Somebody else was faster, and may have gone further.
      if (!isCompacted(error)) throw etcdError('compact', client.where, error);
      await this.#probe();
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
    this.#watchers.end(new StoreClosedError());
    this.#ending.abort();
    this.#milestones.fail(new StoreClosedError());
    await this.#feed;
    this.#connection.client.close();
  }

  /** Resolves when the feed runs and has brought everything up to `head` (etcd's). */
  async #start(head: number): Promise<void> {
    const { client, layout, numbering, timeoutMs } = this.#connection;
    let opened = () => {};
    let failed: (reason: unknown) => void = () => {};
    const open = new Promise<void>((resolve, reject) => {
      opened = resolve;
      failed = reject;
    });
    this.#feed = runFeed(
      {
        client,
        clock: this.#options.clock,
        timeoutMs,
        range: layout.watched,
        from: numbering.theirs(this.#revision) + 1,
        onEvents: (events, upTo) => this.#take(events, upTo),
        onCompacted: at => this.#missed(numbering.ours(at)),
        onState: problem => {
          this.#away = problem === undefined ? undefined : etcdError('follow', client.where, problem);
          // Only the first of them is waited for.
          if (problem === undefined) opened();
          else failed(problem);
        },
      },
      this.#ending.signal,
    );
    await open;
    const at = numbering.ours(head);
    if (at <= this.#revision) return;
    if (await this.#connection.reader.hasWrite(head)) await this.#shown(at);
    else await this.#tick();
  }

  /** Makes the watch pass a revision: when it has been seen, so has everything before it. */
  async #tick(): Promise<void> {
    await this.#shown(await this.#transactions.tick());
  }

  async #take(raw: readonly RawEvent[], upTo: number): Promise<void> {
    const { layout, numbering } = this.#connection;
    const events: StoreEvent[] = [];
    for (const event of raw) {
      if (layout.isTick(event)) continue;
      try {
        const decoded = decodeEvent(this.#connection, event);
        events.push(decoded instanceof Promise ? await decoded : decoded);
      } catch (error) {
        // It comes so late that what it refers to has been compacted.
        if (isCompacted(error)) return this.#missed(numbering.ours(upTo));
        throw error;
      }
    }
    for (const event of events) this.#recent.push(event);
    this.#revision = revision(Math.max(this.#revision, numbering.ours(upTo)));
    if (events.length > 0) this.#watchers.dispatch(events);
    this.#milestones.pass(this.#revision);
  }

  /** What was written up to `at` will never be seen. */
  #missed(at: Revision): void {
    const lost = new CompactedError(this.#revision, at);
    this.#compacted = revision(Math.max(this.#compacted, at));
    this.#revision = revision(Math.max(this.#revision, at));
    this.#recent.reset(this.#revision);
    this.#watchers.end(lost);
    this.#milestones.pass(this.#revision);
  }

  #fail(failure: StoreIoError): void {
    this.#failure ??= failure;
    this.#watchers.end(failure);
    this.#milestones.fail(failure);
  }

  #wentBack(to: Revision, from: Revision): StoreIoError {
    const { where } = this.#connection.client;
    const failure = new StoreIoError(
      `Cannot go on with etcd at ${where}: it went back from revision ${from} to ${to} (was a backup restored?)`,
    );
    this.#fail(failure);
    return failure;
  }

  async #submit(key: string, write: () => Promise<Committed>): Promise<Revision> {
    this.#assertOpen();
    checkKey(key);
    this.#connection.layout.checkKey(key);
    const work = this.#slots.run(async () => {
      if (this.#failure) throw this.#failure;
      const before = this.#revision;
      return this.#settle(await write(), before);
    });
    this.#underWay.add(work);
    try {
      return await work;
    } catch (error) {
      throw isServiceError(error)
        ? etcdError(`write ${key} to`, this.#connection.client.where, error)
        : error;
    } finally {
      this.#underWay.delete(work);
    }
  }

  /** Resolves when the watch has come to `at`. */
  async #shown(at: Revision): Promise<void> {
    const { client, timeoutMs } = this.#connection;
    try {
      await this.#milestones.reached(at, timeoutMs);
    } catch (error) {
      client.giveUp();
      throw error;
    }
  }

  /** Answers when the watch has brought what was written, or what stood in its way. */
  async #settle({ header, outcome }: Committed, before: Revision): Promise<Revision> {
    const { numbering } = this.#connection;
    const at = numbering.ours(header.revision);
    const written = typeof outcome === 'number';
    if (at < before || (written && at === before)) throw this.#wentBack(at, before);
    const seen = written ? outcome : newestIn(outcome);
    if (seen !== undefined) await this.#shown(seen);
    if (written) return outcome;
    throw outcome;
  }

  async #read<T>(at: Revision | undefined, read: (at: Revision) => Promise<T>): Promise<T> {
    const asked = this.#readable(at);
    try {
      return await read(asked);
    } catch (error) {
      if (at !== undefined || !isCompacted(error)) return this.#explain(error, asked);
    }
    // Somebody compacted beyond what has been seen: let that come up.
    try {
      await this.#tick();
      return await read(this.#revision);
    } catch (error) {
      return this.#explain(error, this.#revision);
    }
  }

  async #explain(error: unknown, at: Revision): Promise<never> {
    this.#assertOpen();
    if (error instanceof CompactedError) throw error;
    if (isCompacted(error)) {
      await this.#probe();
      throw new CompactedError(at, this.#compacted);
    }
    if (isFuture(error)) throw this.#wentBack(revision(0), at);
    throw etcdError('read', this.#connection.client.where, error);
  }

  async #probe(): Promise<void> {
    const { client, layout, numbering, timeoutMs } = this.#connection;
    const { clock } = this.#options;
    try {
      const at = await probeCompacted({ client, clock, timeoutMs }, layout.meta);
      if (at > 0) this.#compacted = revision(Math.max(this.#compacted, numbering.ours(at)));
    } catch (error) {
      throw etcdError('read', client.where, error);
    }
  }

  #assertOpen(): void {
    if (this.#closing) throw new StoreClosedError();
  }

  #readable(at: Revision | undefined): Revision {
    this.#assertOpen();
    return readable(at, { current: this.#revision, compacted: this.#compacted });
  }
}

const newestIn = (refusal: KeyExistsError | RevisionConflictError): Revision | undefined =>
  (refusal instanceof KeyExistsError ? refusal.entry : refusal.current)?.modRevision;
