/** What is kept of a priority level while it exists: its queues, its limits and what it wants. */
import type { PriorityLevelConfiguration } from '../../generated/flowcontrol-v1.ts';
import type { LevelLimits } from './configuration.ts';
import { FairQueues, type QueueOptions } from './fair-queues.ts';
import { RetryAfter } from './retry-after.ts';
import { SeatDemand } from './seat-demand.ts';

const NO_LIMITS: LevelLimits = { nominal: 0, least: 0, most: 0, maxSeats: undefined };

export class PriorityLevel {
  readonly name: string;
  /** A level does not become it: the type goes with the name. */
  readonly exempt: boolean;
  readonly queues: FairQueues;
  readonly demand: SeatDemand;
  readonly retryAfter = new RetryAfter();
  limits = NO_LIMITS;
  /** Nothing new comes: it goes when it has drained. */
  quiescing = false;
  /** What borrowing last aimed at; for the metrics. */
  target = 0;

  constructor(
    public object: PriorityLevelConfiguration,
    nowMs: number,
  ) {
    this.name = object.metadata.name ?? '';
    this.exempt = object.spec.type === 'Exempt';
    this.queues = new FairQueues({ ...queueOptions(object), limit: 0 }, nowMs);
    this.demand = new SeatDemand(nowMs);
  }

  /** Of queues and hand; both 0 when nothing waits here. */
  get sharding(): { readonly queues: number; readonly handSize: number } {
    const { queues = 0, handSize = 0 } = this.object.spec.limited?.limitResponse?.queuing ?? {};
    return { queues, handSize };
  }

  update(object: PriorityLevelConfiguration, nowMs: number): void {
    this.object = object;
    this.quiescing = false;
    this.queues.reconfigure(queueOptions(object), nowMs);
  }

  noteDemand(nowMs: number): void {
    this.demand.set(this.queues.seatsInUse + this.queues.seatsWaiting, nowMs);
  }
}

function queueOptions({ spec }: PriorityLevelConfiguration): QueueOptions {
  const { queues = 0, queueLengthLimit = 0 } = spec.limited?.limitResponse?.queuing ?? {};
  return { queues, queueLengthLimit, exempt: spec.type === 'Exempt' };
}
