/**
 * What a controller is to the driver. A controller observes through informers, decides with a
 * pure plan function, and applies the plan through the client; all it gets told is a key.
 *
 * Refused alternative: passing the event's object to `reconcile`. What an event said is old by
 * the time it is worked on; the listers say what is true now, and a controller that reads only
 * them behaves the same after a restart.
 */
import type { KindDefinition } from '../api/kind.ts';
import type { GroupVersionResource, KubeObject } from '../api/object.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Client } from '../client/contract.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import type { Informer, InformerSelection } from '../client/informer.ts';
import type { WorkResult } from '../client/work-queue.ts';
import type { ControllerOptions } from './options.ts';

export interface ControllerDefinition {
  /** As in `--controllers` of kube-controller-manager, without "-controller": deployment. */
  readonly name: string;
  /** How many keys are reconciled at once. Absent: 5. */
  readonly workers?: number;
  /** Called once, before the informers start. */
  readonly build: (context: ControllerContext) => Controller;
}

export interface Controller {
  /** Brings what the key names one step closer to what it should be. A rejection is retried. */
  reconcile(key: string): Promise<WorkResult | void>;
  /** Keys to reconcile when the informers have their first lists, and at each resync. */
  resyncKeys?(): Iterable<string>;
  /** Absent: never. Only for what no event tells of. Milliseconds. */
  readonly resyncMs?: number;
}

export interface ControllerContext {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly options: ControllerOptions;
  /** Every kind the cluster stores now; CustomResourceDefinitions change it. */
  readonly kinds: () => readonly ResourceKind[];
  /** The driver waits for the first list of every informer asked for during `build`. */
  informer<T extends KubeObject>(resource: GroupVersionResource, selection?: InformerSelection): Informer<T>;
  /** Events under the component name upstream uses: 'deployment-controller'. */
  recorder(component: string): EventRecorder;
  enqueue(key: string): void;
  enqueueAfter(key: string, delayMs: number): void;
}

/** What the controllers that handle every kind (garbage collector, namespace) need to know of one. */
export type ResourceKind = Pick<
  KindDefinition,
  'group' | 'version' | 'kind' | 'plural' | 'namespaced' | 'verbs' | 'storage' | 'custom'
>;
