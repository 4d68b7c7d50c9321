/**
 * Decides what becomes of an Event before it is sent, so that a component that repeats itself
 * neither floods the store nor hides the number of times (client-go `tools/record`):
 *
 * 1. Aggregation: after 10 different messages about one object with one reason within 10
 *    minutes, further ones share one Event with the prefix "(combined from similar events): ".
 * 2. Counting: an Event that was sent before is patched (count, lastTimestamp) instead of made
 *    again. Those of the newer form (with eventTime) count in `series`; their repeats ignore the
 *    message, and are written once a minute at most.
 * 3. Spam filter: of one component about one object, 25 at once, then one in 5 minutes.
 *
 * It decides only; event-recorder.ts sends. Limits: 4,096 entries in each table.
 */
import { TokenBucket } from '../base/backoff.ts';
import { rfc3339, rfc3339Micro } from '../base/clock.ts';
import { LruMap } from '../base/lru-map.ts';
import type { Event } from '../generated/core-v1.ts';

export type EventDecision =
  | { readonly type: 'drop' }
  | { readonly type: 'create'; readonly event: Event; readonly key: string }
  /** Strategic merge patch of the Event of that name; when it is gone, `event` is created. */
  | {
      readonly type: 'patch';
      readonly name: string;
      readonly body: object;
      readonly event: Event;
      readonly key: string;
    };

const MAX_SIMILAR = 10;
const SIMILAR_WINDOW_MS = 600_000;
const SPAM_BURST = 25;
const SPAM_PER_SECOND = 1 / 300;
const TABLE_LIMIT = 4_096;
const SERIES_WINDOW_MS = 360_000;
const SERIES_WRITE_MS = 60_000;
const COMBINED = '(combined from similar events): ';

interface Sent {
  readonly name: string;
  readonly firstTimestamp: string | undefined;
  count: number;
  lastMs: number;
  writtenMs: number;
}

export class EventCorrelator {
  readonly #similar = new LruMap<string, { readonly messages: Set<string>; lastMs: number }>(TABLE_LIMIT);
  readonly #sent = new LruMap<string, Sent>(TABLE_LIMIT);
  readonly #buckets = new LruMap<string, TokenBucket>(TABLE_LIMIT);

  /** `event` is complete and carries a name that has not been used. `nowMs` is wall-clock time. */
  decide(event: Event, nowMs: number): EventDecision {
    if (event.eventTime !== undefined) return this.#decideSeries(event, nowMs);
    const { event: combined, key } = this.#aggregate(event, nowMs);
    const decision = this.#count(combined, key, nowMs);
    if (!this.#bucket(event, nowMs).tryTake(nowMs)) return { type: 'drop' };
    return decision;
  }

  /** The create failed for good: the next one of the kind is created again. */
  forget(key: string): void {
    this.#sent.delete(key);
  }

  /** The Event counted so far had gone and `event` was created in its place. */
  replaced(key: string, event: Event): void {
    const sent = this.#sent.get(key);
    if (sent) this.#sent.set(key, { ...sent, name: event.metadata.name ?? '' });
  }

  #aggregate(event: Event, nowMs: number): { event: Event; key: string } {
    const group = aggregateKey(event);
    const message = event.message ?? '';
    const known = this.#similar.get(group);
    const recent = known && nowMs - known.lastMs <= SIMILAR_WINDOW_MS;
    const similar = recent ? known : { messages: new Set<string>(), lastMs: nowMs };
    similar.lastMs = nowMs;
    this.#similar.set(group, similar);
    // A message that has an Event of its own goes on counting there; only new ones are combined.
    // (Upstream forgets any one of the messages when there are too many: the same, at random.)
    if (similar.messages.size < MAX_SIMILAR - 1) similar.messages.add(message);
    if (similar.messages.has(message)) {
      return { event, key: `${group}\n${event.involvedObject.fieldPath ?? ''}\n${message}` };
    }
    return { event: { ...event, message: `${COMBINED}${message}` }, key: group };
  }

  #count(event: Event, key: string, nowMs: number): EventDecision {
    const sent = this.#sent.get(key);
    if (!sent) {
      this.#remember(event, key, nowMs);
      return { type: 'create', event, key };
    }
    sent.count += 1;
    sent.lastMs = nowMs;
    const body = { count: sent.count, message: event.message, lastTimestamp: rfc3339(nowMs) };
    const again: Event = { ...event, count: sent.count, firstTimestamp: sent.firstTimestamp };
    return { type: 'patch', name: sent.name, body, event: again, key };
  }

  #decideSeries(event: Event, nowMs: number): EventDecision {
    const related = event.related;
    const key = [
      aggregateKey(event),
      event.action,
      event.involvedObject.fieldPath,
      related?.kind,
      related?.namespace,
      related?.name,
      related?.uid,
    ].join('\n');
    const sent = this.#sent.get(key);
    if (!sent || nowMs - sent.lastMs > SERIES_WINDOW_MS) {
      this.#remember(event, key, nowMs);
      return { type: 'create', event, key };
    }
    sent.count += 1;
    sent.lastMs = nowMs;
    if (sent.count > 2 && nowMs - sent.writtenMs < SERIES_WRITE_MS) return { type: 'drop' };
    sent.writtenMs = nowMs;
    const series = { count: sent.count, lastObservedTime: rfc3339Micro(nowMs) };
    return { type: 'patch', name: sent.name, body: { series }, event: { ...event, series }, key };
  }

  #remember(event: Event, key: string, nowMs: number): void {
    this.#sent.set(key, {
      name: event.metadata.name ?? '',
      firstTimestamp: event.firstTimestamp,
      count: 1,
      lastMs: nowMs,
      writtenMs: nowMs,
    });
  }

  #bucket(event: Event, nowMs: number): TokenBucket {
    const key = objectPart(event);
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      bucket = new TokenBucket({ burst: SPAM_BURST, perSecond: SPAM_PER_SECOND, nowMs });
      this.#buckets.set(key, bucket);
    }
    return bucket;
  }
}

function objectPart(event: Event): string {
  const { kind, namespace, name, uid, apiVersion } = event.involvedObject;
  const { component, host } = event.source ?? {};
  return [component, host, kind, namespace, name, uid, apiVersion].join('\n');
}

function aggregateKey(event: Event): string {
  const { type, reason, reportingComponent, reportingInstance } = event;
  return [objectPart(event), type, reason, reportingComponent, reportingInstance].join('\n');
}
