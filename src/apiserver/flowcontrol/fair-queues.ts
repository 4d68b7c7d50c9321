/**
 * The queues of one priority level and the requests it executes: a state machine that is told the
 * time and decides who goes next. Nothing in here waits, schedules or allocates while seats are free.
 *
 * Fair queuing after KEP-1040. R is the progress of an imaginary server that gives every active
 * queue the same number of seats; `nextDispatchR` is when, on that meter, a queue's next request
 * would begin. The queue whose next request would end first goes first. How long a request will
 * take is not known when it is dispatched: it is charged with ESTIMATE_MS, and the difference is
 * settled when it ends.
 *
 * Invariants (fair-queues.test.ts):
 * - every request that was not refused is executed or withdrawn, once;
 * - `seatsInUse` exceeds the limit only while one request executes that is wider than the limit;
 * - a queue that waits is served: its head is next as soon as every other queue had as much.
 *
 * Units: milliseconds of a clock that never goes back; work in seat-milliseconds.
 *
 * Queues exist only while something waits or executes in them. The refused alternative, an array
 * of all queues as upstream has it, holds what a configuration may ask for (10,000,000).
 */

/** How long a request is thought to take until it is known (upstream's figure). */
export const ESTIMATE_MS = 3;

/** Idle queues are shown of levels that have no more queues than this. */
const MOST_DUMPED = 1000;

export interface QueueOptions {
  /** 0: nothing waits; what does not fit is refused. */
  readonly queues: number;
  /** How many may wait in one queue; 1 or more. */
  readonly queueLengthLimit: number;
  /** No limit is enforced; seats are counted. */
  readonly exempt: boolean;
}

export type Decision = 'execute' | 'wait' | 'queue-full' | 'concurrency-limit';

interface Queue {
  readonly index: number;
  /** Oldest first. */
  readonly waiting: QueuedRequest[];
  /** Of what waits. */
  waitingWork: number;
  executing: number;
  seatsInUse: number;
  nextDispatchR: number;
}

/** A request as the queues see it; they keep all fields but `seats`. */
export abstract class QueuedRequest {
  queue: Queue | undefined;
  /** It waits in a queue: not refused, not executing, not withdrawn. */
  waits = false;
  executes = false;
  /** Neighbours among those that execute. */
  before: QueuedRequest | undefined;
  after: QueuedRequest | undefined;
  arrivalMs = 0;
  arrivalR = 0;
  startMs = 0;

  /** `seats`: 1 or more. */
  constructor(readonly seats: number) {}

  /** Called once when a request that had to wait may go on. */
  abstract dispatched(): void;
}

const workOf = (request: QueuedRequest) => request.seats * ESTIMATE_MS;

/** Every `nowMs` is the time of the call, not less than that of the call before. */
export class FairQueues {
  /** Seats that may be in use. Changed by `setLimit`. */
  limit: number;
  requestsExecuting = 0;
  requestsWaiting = 0;
  seatsInUse = 0;
  seatsWaiting = 0;

  private options: QueueOptions;
  private readonly queues = new Map<number, Queue>();
  /** The progress meter. */
  private r = 0;
  private rAtMs: number;
  /** The queue last dispatched from: at equal times the others come first. */
  private robin = 0;
  private enqueued = 0;
  /** Of those that execute, the last that began: a list, since a set that comes and goes is dear. */
  private last: QueuedRequest | undefined;

  constructor(options: QueueOptions & { readonly limit: number }, nowMs: number) {
    this.options = options;
    this.limit = options.limit;
    this.rAtMs = nowMs;
  }

  get idle(): boolean {
    return this.requestsExecuting === 0 && this.requestsWaiting === 0;
  }

  /** `hand`: the queues of the request's flow, one or more (shuffle-shard.ts); unused without queues. */
  start(request: QueuedRequest, hand: readonly number[], nowMs: number): Decision {
    request.arrivalMs = nowMs;
    if (this.options.exempt || this.options.queues === 0) {
      if (!this.options.exempt && !this.fits(request.seats)) return 'concurrency-limit';
      this.execute(request, undefined, nowMs);
      return 'execute';
    }
    this.advance(nowMs);
    const index = this.leastBusy(hand);
    const known = this.queues.get(index);
    // Upstream also looks whether all seats are in use; when one is left that nobody is narrow enough
    // for, its queues grow without end.
    if (known && known.waiting.length >= this.options.queueLengthLimit) return 'queue-full';
    const queue = known ?? this.open(index);
    request.arrivalR = this.r;
    if (this.requestsWaiting === 0 && this.seatsInUse < this.limit && this.fits(request.seats)) {
      // What enqueueing and dispatching at once would do.
      queue.nextDispatchR = Math.max(queue.nextDispatchR, this.r) + workOf(request);
      this.robin = queue.index;
      this.execute(request, queue, nowMs);
      return 'execute';
    }
    request.queue = queue;
    request.waits = true;
    queue.waiting.push(request);
    queue.waitingWork += workOf(request);
    this.requestsWaiting++;
    this.seatsWaiting += request.seats;
    this.bound(queue);
    // Seats may be free that those who wait are too wide for.
    this.dispatch(nowMs, request);
    return request.executes ? 'execute' : 'wait';
  }

  /** An executing request has ended; `tookMs` is how long it was worked on. */
  finish(request: QueuedRequest, nowMs: number, tookMs: number): void {
    if (!request.executes) return;
    request.executes = false;
    this.advance(nowMs);
    this.unlink(request);
    this.seatsInUse -= request.seats;
    const { queue } = request;
    if (queue) {
      queue.executing--;
      queue.seatsInUse -= request.seats;
      queue.nextDispatchR += request.seats * (tookMs - ESTIMATE_MS);
      this.bound(queue);
      this.closeIfIdle(queue);
    }
    this.dispatch(nowMs);
  }

  /** A request that waits has given up. False: it does not wait (any more). */
  withdraw(request: QueuedRequest, nowMs: number): boolean {
    const { queue } = request;
    if (!queue || !request.waits) return false;
    this.advance(nowMs);
    queue.waiting.splice(queue.waiting.indexOf(request), 1);
    this.noLongerWaits(request, queue);
    this.bound(queue);
    this.closeIfIdle(queue);
    this.dispatch(nowMs);
    return true;
  }

  /** Executing requests keep their seats; a lower limit holds for those that come. */
  setLimit(limit: number, nowMs: number): void {
    this.advance(nowMs);
    this.limit = limit;
    this.dispatch(nowMs);
  }

  /** Waiting requests stay in their queues, also in those that no hand is dealt from any more. */
  reconfigure(options: QueueOptions, nowMs: number): void {
    this.advance(nowMs);
    this.options = options;
  }

  /** For diagnosis: every queue there could be, busy or not; the busy ones alone where there are many. */
  dump(): { readonly index: number; readonly queue: Readonly<Queue> | undefined }[] {
    const indexes = new Set(this.queues.keys());
    if (this.options.queues <= MOST_DUMPED) for (let i = 0; i < this.options.queues; i++) indexes.add(i);
    return [...indexes].sort((a, b) => a - b).map(index => ({ index, queue: this.queues.get(index) }));
  }

  /** Queues that something waits in. */
  get activeQueues(): number {
    let active = 0;
    for (const queue of this.queues.values()) if (queue.waiting.length > 0) active++;
    return active;
  }

  /** In no order. */
  executing(): QueuedRequest[] {
    const requests: QueuedRequest[] = [];
    for (let request = this.last; request; request = request.before) requests.push(request);
    return requests;
  }

  private link(request: QueuedRequest): void {
    this.requestsExecuting++;
    request.before = this.last;
    if (this.last) this.last.after = request;
    this.last = request;
  }

  private unlink(request: QueuedRequest): void {
    this.requestsExecuting--;
    const { before, after } = request;
    if (before) before.after = after;
    if (after) after.before = before;
    else this.last = before;
    request.before = undefined;
    request.after = undefined;
  }

  /** Moves R from the last look to now: the state has been as it is since. */
  private advance(nowMs: number): void {
    const busy = this.queues.size;
    if (busy > 0) {
      const seats = Math.min(this.seatsInUse + this.seatsWaiting, this.limit);
      this.r += (Math.max(0, nowMs - this.rAtMs) * seats) / busy;
    }
    this.rAtMs = nowMs;
  }

  private fits(seats: number): boolean {
    if (seats > this.limit) return this.requestsExecuting === 0;
    return this.seatsInUse + seats <= this.limit;
  }

  /** Where the least work waits; the place to begin at moves, so that equals share. */
  private leastBusy(hand: readonly number[]): number {
    const offset = this.enqueued++ % hand.length;
    let best = hand[offset] as number;
    let least = this.queues.get(best)?.waitingWork ?? 0;
    for (let i = 1; i < hand.length && least > 0; i++) {
      const index = hand[(offset + i) % hand.length] as number;
      const work = this.queues.get(index)?.waitingWork ?? 0;
      if (work < least) [best, least] = [index, work];
    }
    return best;
  }

  private open(index: number): Queue {
    const queue = {
      index,
      waiting: [],
      waitingWork: 0,
      executing: 0,
      seatsInUse: 0,
      nextDispatchR: this.r,
    };
    this.queues.set(index, queue);
    return queue;
  }

  private closeIfIdle(queue: Queue): void {
    if (queue.executing === 0 && queue.waiting.length === 0) this.queues.delete(queue.index);
  }

  private execute(request: QueuedRequest, queue: Queue | undefined, nowMs: number): void {
    request.queue = queue;
    request.executes = true;
    request.startMs = nowMs;
    this.link(request);
    this.seatsInUse += request.seats;
    if (!queue) return;
    queue.executing++;
    queue.seatsInUse += request.seats;
  }

  private noLongerWaits(request: QueuedRequest, queue: Queue): void {
    request.waits = false;
    queue.waitingWork -= workOf(request);
    this.requestsWaiting--;
    this.seatsWaiting -= request.seats;
  }

  /** `arriving` is told by the caller instead of by its `dispatched`. */
  private dispatch(nowMs: number, arriving?: QueuedRequest): void {
    while (this.requestsWaiting > 0 && this.seatsInUse < this.limit) {
      const queue = this.next();
      const request = queue?.waiting[0];
      // The head of the queue that is next has to wait for room; nobody overtakes it.
      if (!queue || !request || !this.fits(request.seats)) return;
      queue.waiting.shift();
      this.noLongerWaits(request, queue);
      queue.nextDispatchR += workOf(request);
      this.bound(queue);
      this.robin = queue.index;
      this.execute(request, queue, nowMs);
      if (request !== arriving) request.dispatched();
    }
  }

  /** The queue whose oldest request would end first; of equals the one farthest behind the last. */
  private next(): Queue | undefined {
    let best: Queue | undefined;
    let bestEnd = Number.POSITIVE_INFINITY;
    for (const queue of this.queues.values()) {
      const head = queue.waiting[0];
      if (!head) continue;
      const end = queue.nextDispatchR + workOf(head);
      if (end > bestEnd || (end === bestEnd && best && !this.comesBefore(queue, best))) continue;
      [best, bestEnd] = [queue, end];
    }
    return best;
  }

  private comesBefore(a: Queue, b: Queue): boolean {
    const afterRobin = ({ index }: Queue) => index > this.robin;
    if (afterRobin(a) !== afterRobin(b)) return afterRobin(a);
    return a.index < b.index;
  }

  /** A queue that used less than its share does not save it up: nothing is dispatched before it came. */
  private bound(queue: Queue): void {
    const oldest = queue.waiting[0];
    if (oldest && queue.nextDispatchR < oldest.arrivalR) queue.nextDispatchR = oldest.arrivalR;
  }
}
