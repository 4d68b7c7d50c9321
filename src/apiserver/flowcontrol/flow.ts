/** A FlowSchema at work: whom it matches, where its requests go, and which queues each flow may use. */
import type { FlowSchema } from '../../generated/flowcontrol-v1.ts';
import type { User } from '../authn/user.ts';
import type { RequestInfo } from '../request-info.ts';
import { FlowMatcher } from './flow-schema.ts';
import type { FlowStats } from './flow-stats.ts';
import type { PriorityLevel } from './priority-level.ts';
import { deal, flowHash } from './shuffle-shard.ts';

const ONE_QUEUE = [0];
/** Of flows' hands that are kept: dealing one costs a hash. */
const MOST_HANDS = 10_000;

export class Flow {
  readonly matcher: FlowMatcher;
  readonly name: string;
  /** Tell clients, by UID, how their request was classified: names would tell them too much (upstream). */
  readonly headers: Readonly<Record<string, string>>;
  private readonly hands = new Map<string, readonly number[]>();
  private readonly sharding: PriorityLevel['sharding'];

  constructor(
    private readonly schema: FlowSchema,
    readonly level: PriorityLevel,
    readonly stats: FlowStats,
  ) {
    this.name = schema.metadata.name ?? '';
    this.matcher = new FlowMatcher(schema);
    this.sharding = level.sharding;
    this.headers = {
      'X-Kubernetes-PF-FlowSchema-UID': schema.metadata.uid ?? '',
      'X-Kubernetes-PF-PriorityLevel-UID': level.object.metadata.uid ?? '',
    };
  }

  /** What tells its flows apart; '' where there is one flow, or nothing to divide among. */
  distinguisher(user: User, info: RequestInfo): string {
    if (this.sharding.queues <= 1) return '';
    const method = this.schema.spec.distinguisherMethod?.type;
    return method === 'ByUser' ? user.name : method === 'ByNamespace' ? info.namespace : '';
  }

  /** The queues of the flow. */
  hand(distinguisher: string): readonly number[] {
    const { queues, handSize } = this.sharding;
    if (queues <= 1) return ONE_QUEUE;
    let hand = this.hands.get(distinguisher);
    if (!hand) {
      hand = deal(flowHash(this.name, distinguisher), queues, handSize);
      if (this.hands.size >= MOST_HANDS) this.hands.clear();
      this.hands.set(distinguisher, hand);
    }
    return hand;
  }
}
