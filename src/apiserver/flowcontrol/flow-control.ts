/**
 * The flow control stage (KEP-1040, API Priority and Fairness): between authentication and
 * authorization, each request gets its seats, waits for them in the queue of its flow, or is
 * refused with 429.
 *
 *   classify ─► estimate seats ─► level: seats free ──────────► served ─► end of the turn: seats free
 *                                   │ none                        ▲            │
 *                                   └─► queue of the flow ────────┴── fairly ◄─┘
 *
 * Seats are given back when the turn of the event loop ends, not when the answer is made. Most
 * reads are answered in one go, so a client that sends a thousand at once would have them all
 * answered before anyone else is looked at, and never be seen to use more than one seat. This way
 * a level gets at most its seats' worth of requests a turn, and what waits is dispatched fairly.
 *
 * While seats are free a request costs a few additions: no promise, no timer.
 *
 * Components in this process do not come by here: they act as members of system:masters, whom the
 * mandatory schema `exempt` matches, and what they do at once is bounded by their workers.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '../../generated/flowcontrol-v1.ts';
import type { User } from '../authn/user.ts';
import type { RequestInfo } from '../request-info.ts';
import { CATCH_ALL } from './bootstrap-objects.ts';
import { Classifier } from './classifier.ts';
import { configurationOf, limitsOf } from './configuration.ts';
import { fairShares } from './fair-share.ts';
import { Flow } from './flow.ts';
import { FlowStats, type RefusalReason } from './flow-stats.ts';
import { isLongRunning } from './long-running.ts';
import { Place, tooManyRequests } from './place.ts';
import { PriorityLevel } from './priority-level.ts';
import { type ResourceStats, seatsFor } from './work-estimate.ts';

export interface FlowControlOptions {
  readonly clock: Clock;
  /** Seats of the whole server, divided among the priority levels. 1 or more. */
  readonly concurrencyLimit?: number;
  /** Calls back when the event loop has gone once around. */
  readonly afterTurn: (callback: () => void) => void;
  /** Of the resource a request lists; undefined: not stored here. */
  readonly resourceStats: (info: RequestInfo) => ResourceStats | undefined;
}

/** What of a request matters here. */
interface Arrival {
  readonly query: URLSearchParams;
  readonly signal: AbortSignal;
}

/** Upstream's --max-requests-inflight and --max-mutating-requests-inflight together. */
export const DEFAULT_CONCURRENCY_LIMIT = 600;
/** Limits follow demand this often (KEP-1040), while there is any. */
const BORROWING_PERIOD_MS = 10_000;

/** One for a server. `enter` gives each request its place, whose `leave` must be called when it has been served. */
export class FlowControl {
  readonly levels = new Map<string, PriorityLevel>();
  readonly flows = new Map<string, FlowStats>();
  /** Of what the levels aim at, what they get. */
  fairFraction = 0;

  private readonly clock: Clock;
  private readonly limit: number;
  private classifier!: Classifier<Flow>;
  private served: Place[] = [];
  private borrowing: Timer | undefined;
  private lastBorrowingMs = 0;

  constructor(private readonly options: FlowControlOptions) {
    this.clock = options.clock;
    this.limit = options.concurrencyLimit ?? DEFAULT_CONCURRENCY_LIMIT;
    this.configure([], []);
  }

  /**
   * Undefined for long-running requests other than watches, which are not counted. `waitMs`: how
   * long the request may wait in a queue.
   */
  enter(user: User, info: RequestInfo, arrival: Arrival, waitMs: number): Place | undefined {
    if (info.verb !== 'watch' && isLongRunning(info)) return undefined;
    const flow = this.classifier.classify(user, info);
    const { level, stats } = flow;
    const seats = seatsFor(info, arrival.query, this.options.resourceStats, level.limits.maxSeats);
    const now = this.clock.monotonic();
    const distinguisher = flow.distinguisher(user, info);
    const place = new Place(flow, distinguisher, seats, user, info, this.leave);
    stats.seats.observe(seats);
    const decision = level.queues.start(place, flow.hand(distinguisher), now);
    level.noteDemand(now);
    if (decision === 'execute') begin(place, 0);
    else if (decision === 'wait') place.turn = this.wait(place, arrival.signal, waitMs);
    else place.turn = Promise.reject(this.refuse(place, decision, now));
    if (!this.borrowing && !level.exempt) this.armBorrowing();
    return place;
  }

  /** What the stored objects say, from now on. Requests in queues stay where they are. */
  configure(levelObjects: readonly PriorityLevelConfiguration[], schemaObjects: readonly FlowSchema[]): void {
    const now = this.clock.monotonic();
    const { levels, schemas } = configurationOf(levelObjects, schemaObjects);
    const wanted = new Set(levels.map(level => level.metadata.name ?? ''));
    for (const level of this.levels.values()) if (!wanted.has(level.name)) level.quiescing = true;
    for (const object of levels) {
      const name = object.metadata.name ?? '';
      const level = this.levels.get(name);
      if (level) level.update(object, now);
      else this.levels.set(name, new PriorityLevel(object, now));
    }
    this.settleLimits(now);
    const flows = schemas.map(schema => this.flowOf(schema));
    const fallback = flows.find(flow => flow.name === CATCH_ALL) ?? (flows.at(-1) as Flow);
    this.classifier = new Classifier(flows, fallback);
    const used = new Set(flows.map(flow => flow.stats));
    for (const [key, stats] of this.flows)
      if (!used.has(stats) && stats.executing + stats.waiting === 0) this.flows.delete(key);
  }

  close(): void {
    this.borrowing?.cancel();
    this.borrowing = undefined;
  }

  private flowOf(schema: FlowSchema): Flow {
    const level = this.levels.get(schema.spec.priorityLevelConfiguration.name) as PriorityLevel;
    const name = schema.metadata.name ?? '';
    const key = `${level.name}/${name}`;
    const stats = this.flows.get(key) ?? new FlowStats(level.name, name);
    this.flows.set(key, stats);
    return new Flow(schema, level, stats);
  }

  /** Drained levels go; the others share the server. */
  private settleLimits(now: number): void {
    for (const level of this.levels.values())
      if (level.quiescing && level.queues.idle) this.levels.delete(level.name);
    const levels = [...this.levels.values()];
    const limits = limitsOf(
      levels.map(level => level.object),
      this.limit,
    );
    levels.forEach((level, i) => {
      level.limits = limits[i] as PriorityLevel['limits'];
    });
    this.borrow(now);
  }

  /** Each level's limit by what it wants, within what it may lend and borrow (KEP-1040). */
  private borrow(now: number): void {
    const periods = Math.round((now - this.lastBorrowingMs) / BORROWING_PERIOD_MS);
    this.lastBorrowingMs = now;
    const levels = [...this.levels.values()];
    const problems = levels.map(({ demand, limits }) => {
      demand.endPeriod(now, periods);
      const lowerBound = Math.max(limits.least, Math.min(limits.nominal, demand.highWatermark));
      return { target: Math.max(lowerBound, demand.smoothed), lowerBound, upperBound: limits.most };
    });
    const total = levels.reduce((sum, level) => sum + level.limits.nominal, 0);
    const shares = fairShares(total, problems);
    if (!shares) return;
    this.fairFraction = shares.fairFraction;
    levels.forEach((level, i) => {
      level.target = (problems[i] as (typeof problems)[number]).target;
      level.queues.setLimit(Math.round(shares.seats[i] as number), now);
    });
  }

  private armBorrowing(): void {
    this.borrowing = this.clock.schedule(BORROWING_PERIOD_MS, () => {
      this.borrowing = undefined;
      this.borrow(this.clock.monotonic());
      // Nobody wanted anything for a whole period: the next request arms it again.
      const wanted = [...this.levels.values()].some(level => !level.exempt && level.demand.highWatermark > 0);
      if (wanted) this.armBorrowing();
    });
  }

  private wait(place: Place, signal: AbortSignal, waitMs: number): Promise<void> {
    const { stats } = place.flow;
    stats.waiting++;
    stats.waitingSeats += place.seats;
    stats.queueLength.observe(place.queue?.waiting.length ?? 0);
    return new Promise((resolve, reject) => {
      const giveUp = (reason: RefusalReason) => {
        const now = this.clock.monotonic();
        if (!place.flow.level.queues.withdraw(place, now)) return;
        place.flow.level.noteDemand(now);
        settled();
        stats.waitedInVain.observe((now - place.arrivalMs) / 1000);
        reject(this.refuse(place, reason, now));
        this.reap(place.flow.level, now);
      };
      const timer = this.clock.schedule(waitMs, () => giveUp('time-out'));
      const aborted = () => giveUp('cancelled');
      const settled = () => {
        timer.cancel();
        signal.removeEventListener('abort', aborted);
        stats.waiting--;
        stats.waitingSeats -= place.seats;
      };
      signal.addEventListener('abort', aborted, { once: true });
      place.proceed = () => {
        settled();
        begin(place, (place.startMs - place.arrivalMs) / 1000);
        resolve();
      };
      if (signal.aborted) aborted();
    });
  }

  private refuse({ flow }: Place, reason: RefusalReason, now: number): Error {
    flow.stats.refused[reason]++;
    const { retryAfter } = flow.level;
    retryAfter.refused(now);
    return tooManyRequests(retryAfter.seconds);
  }

  private readonly leave = (place: Place): void => {
    place.servedMs = this.clock.monotonic();
    // Nobody waits for what is not limited.
    if (place.flow.level.exempt) this.free(place, place.servedMs);
    else if (this.served.push(place) === 1) this.options.afterTurn(this.freeSeats);
  };

  private readonly freeSeats = (): void => {
    const { served } = this;
    this.served = [];
    const now = this.clock.monotonic();
    for (const place of served) this.free(place, now);
  };

  private free(place: Place, now: number): void {
    const { level, stats } = place.flow;
    const tookMs = place.servedMs - place.startMs;
    stats.executing--;
    stats.executingSeats -= place.seats;
    (place.info.verb === 'watch' ? stats.watch : stats.regular).observe(tookMs / 1000);
    level.queues.finish(place, now, tookMs);
    level.noteDemand(now);
    if (level.quiescing) this.reap(level, now);
  }

  private reap(level: PriorityLevel, now: number): void {
    if (level.quiescing && level.queues.idle && this.levels.get(level.name) === level) this.settleLimits(now);
  }
}

function begin({ flow: { stats }, seats }: Place, waitedSeconds: number): void {
  stats.dispatched++;
  stats.executing++;
  stats.executingSeats += seats;
  stats.waited.observe(waitedSeconds);
}
