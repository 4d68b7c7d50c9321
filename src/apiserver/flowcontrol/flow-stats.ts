/**
 * What the requests of one FlowSchema at one priority level have come to: plain numbers, so that
 * counting costs a request next to nothing; /metrics reads them when it is asked (metrics-text.ts).
 */
import { Histogram } from '../metrics/histogram.ts';

export type RefusalReason = 'queue-full' | 'concurrency-limit' | 'time-out' | 'cancelled';

const SECONDS = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];
const QUEUE_LENGTHS = [0, 10, 25, 50, 100, 250, 500, 1000];
const SEATS = [1, 2, 4, 10];

export class FlowStats {
  dispatched = 0;
  readonly refused: Record<RefusalReason, number> = {
    'queue-full': 0,
    'concurrency-limit': 0,
    'time-out': 0,
    cancelled: 0,
  };
  waiting = 0;
  waitingSeats = 0;
  executing = 0;
  executingSeats = 0;
  readonly seats = new Histogram(SEATS);
  readonly queueLength = new Histogram(QUEUE_LENGTHS);
  /** Seconds in the queue, of those that were executed and of those that were not. */
  readonly waited = new Histogram(SECONDS);
  readonly waitedInVain = new Histogram(SECONDS);
  /** Seconds of work; of watches, until they have begun. */
  readonly regular = new Histogram(SECONDS);
  readonly watch = new Histogram(SECONDS);

  constructor(
    readonly level: string,
    readonly schema: string,
  ) {}
}
