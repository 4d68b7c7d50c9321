/**
 * Records Kubernetes Events about objects. `event()` returns at once and never fails: what is
 * reported must not depend on whether it can be reported.
 *
 * Guarantees: the Events of one recorder are written one after another, in the order recorded.
 * A write the server refused is dropped (upstream does the same); one that could not be
 * delivered is tried again up to 12 times with 10 s between. Limits: 1,000 pending, newest dropped.
 */
import type { KubeObject } from '../api/object.ts';
import { isStatusError } from '../api/status-error.ts';
import { type Clock, rfc3339, rfc3339Micro, sleep } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Event, ObjectReference } from '../generated/core-v1.ts';
import type { Client, ResourceClient } from './contract.ts';
import { EventCorrelator, type EventDecision } from './event-correlator.ts';
import { EVENTS } from './resources.ts';

export type EventType = 'Normal' | 'Warning';

export interface EventRecorder {
  /** `regarding` is an object with apiVersion and kind, or a reference (see `referenceTo`). */
  event(
    regarding: KubeObject | ObjectReference,
    type: EventType,
    reason: string,
    message: string,
    extra?: EventExtra,
  ): void;
  /** Resolves when what was recorded so far has been written or dropped. */
  flush(): Promise<void>;
  /** Tries what is pending once more, without waiting for a server that does not answer. */
  close(): Promise<void>;
}

interface EventExtra {
  /** The newer form only: what was done ('Binding') and to what else. */
  readonly action?: string;
  readonly related?: KubeObject | ObjectReference;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface EventRecorderOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** 'deployment-controller', 'kubelet', 'default-scheduler'. */
  readonly component: string;
  /** The node, for components of a node. */
  readonly host?: string;
  /**
   * 'classic' (count, firstTimestamp, source), as controllers and the kubelet write them, or
   * 'series' (eventTime, action, reportingInstance), as the scheduler does. Absent: classic.
   */
  readonly form?: 'classic' | 'series';
}

const MAX_PENDING = 1_000;
const MAX_ATTEMPTS = 12;
const RETRY_MS = 10_000;

/** A reference to an object, for events; `fieldPath` names a part: spec.containers{nginx}. */
export function referenceTo(object: KubeObject, fieldPath?: string): ObjectReference {
  const { name, namespace, uid, resourceVersion } = object.metadata;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    name,
    namespace,
    uid,
    resourceVersion,
    ...(fieldPath ? { fieldPath } : {}),
  };
}

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  return new ClientEventRecorder(options);
}

class ClientEventRecorder implements EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #events: ResourceClient<Event>;
  readonly #correlator = new EventCorrelator();
  readonly #pending: Event[] = [];
  #sending: Promise<void> | undefined;
  #lastNanos = 0n;
  readonly #closing = new AbortController();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#events = options.client.resource<Event>(EVENTS);
  }

  event(
    regarding: KubeObject | ObjectReference,
    type: EventType,
    reason: string,
    message: string,
    extra: EventExtra = {},
  ): void {
    if (this.#pending.length >= MAX_PENDING) {
      this.#options.log.warn('too many events pending, dropped one', { reason });
      return;
    }
    this.#pending.push(this.#build(asReference(regarding), type, reason, message, extra));
    this.#sending ??= this.#send();
  }

  async flush(): Promise<void> {
    while (this.#sending) await this.#sending;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.flush();
  }

  #build(
    involvedObject: ObjectReference,
    type: EventType,
    reason: string,
    message: string,
    extra: EventExtra,
  ): Event {
    const { clock, component, host, form = 'classic' } = this.#options;
    const nowMs = clock.now();
    const namespace = involvedObject.namespace || 'default';
    const common = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: {
        name: `${involvedObject.name}.${this.#uniqueNanos(nowMs).toString(16)}`,
        namespace,
        ...(extra.annotations ? { annotations: { ...extra.annotations } } : {}),
      },
      involvedObject,
      type,
      reason,
      message,
      reportingComponent: component,
    };
    if (form === 'series') {
      return {
        ...common,
        eventTime: rfc3339Micro(nowMs),
        reportingInstance: host ? `${component}-${host}` : component,
        action: extra.action ?? reason,
        ...(extra.related ? { related: asReference(extra.related) } : {}),
      };
    }
    return {
      ...common,
      reportingInstance: host ?? '',
      source: { component, ...(host ? { host } : {}) },
      firstTimestamp: rfc3339(nowMs),
      lastTimestamp: rfc3339(nowMs),
      count: 1,
    };
  }

  /** Nanoseconds since the epoch, with random digits below the clock's: names must not repeat. */
  #uniqueNanos(nowMs: number): bigint {
    const base = BigInt(Math.floor(nowMs)) * 1_000_000n;
    const nanos = base + BigInt(Math.floor(this.#options.random.next() * 1_000_000));
    this.#lastNanos = nanos > this.#lastNanos ? nanos : this.#lastNanos + 1n;
    return this.#lastNanos;
  }

  async #send(): Promise<void> {
    try {
      for (let event = this.#pending.shift(); event; event = this.#pending.shift()) {
        const decision = this.#correlator.decide(event, this.#options.clock.now());
        await this.#deliver(decision);
      }
    } finally {
      // In the very turn that finds nothing pending: an event that comes later must begin anew.
      this.#sending = undefined;
    }
  }

  async #deliver(decision: EventDecision): Promise<void> {
    if (decision.type === 'drop') return;
    const { clock, log } = this.#options;
    const { signal } = this.#closing;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      try {
        await this.#write(decision);
        return;
      } catch (error) {
        // What the server understood and refused (a namespace that ends, say) stays refused.
        if (isStatusError(error) && error.code < 500) {
          log.debug('event refused', { reason: decision.event.reason, error: error.message });
          this.#correlator.forget(decision.key);
          return;
        }
        log.debug('event not delivered', { attempt, error: String(error) });
        if (signal.aborted) break;
        if (attempt < MAX_ATTEMPTS) await sleep(clock, RETRY_MS, signal);
      }
    }
    this.#correlator.forget(decision.key);
  }

  async #write(decision: Exclude<EventDecision, { type: 'drop' }>): Promise<void> {
    const { event } = decision;
    if (decision.type === 'patch') {
      try {
        const target = { namespace: event.metadata.namespace, name: decision.name };
        await this.#events.patch(target, { type: 'strategic', body: decision.body });
        return;
      } catch (error) {
        if (!isStatusError(error, 'NotFound')) throw error;
        // Its time to live has passed: the count goes on in a new Event.
        this.#correlator.replaced(decision.key, event);
      }
    }
    await this.#events.create(event);
  }
}

function asReference(object: KubeObject | ObjectReference): ObjectReference {
  return 'metadata' in object ? referenceTo(object) : object;
}
