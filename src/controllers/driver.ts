/**
 * Runs controllers: one keyed queue each, per-key serialisation, exponential backoff with jitter
 * on failure, resync, and a view of their health. It knows no controller; index.ts lists them.
 *
 * A controller starts to work when every informer it asked for has its first list, so that no
 * plan is ever made from half of the truth. Lifecycle: construct, `run(signal)`, done when it
 * resolves; work under way is finished first.
 */
import type { GroupVersionResource, KubeObject } from '../api/object.ts';
import { isStatusError } from '../api/status-error.ts';
import { aborted } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Client } from '../client/contract.ts';
import { createEventRecorder, type EventRecorder } from '../client/event-recorder.ts';
import type { Informer, InformerSelection } from '../client/informer.ts';
import { InformerFactory } from '../client/informer-factory.ts';
import { WorkQueue, type WorkResult } from '../client/work-queue.ts';
import type { Controller, ControllerContext, ControllerDefinition, ResourceKind } from './controller.ts';
import { type ControllerOptions, DEFAULT_CONTROLLER_OPTIONS } from './options.ts';

export interface DriverOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Every kind the cluster stores now; asked again when something depends on it. */
  readonly kinds: () => readonly ResourceKind[];
  readonly options?: Partial<ControllerOptions>;
  /** Shared with other components, whose owner runs it. Absent: the driver has its own. */
  readonly informers?: InformerFactory;
}

export interface ControllerHealth {
  readonly name: string;
  /** The informers have their first lists and the workers run. */
  readonly ready: boolean;
  /** Keys waiting for a worker. */
  readonly queued: number;
  readonly reconciled: number;
  readonly failed: number;
  /** The last failure, until the same key has been reconciled. */
  readonly lastError?: string;
}

const DEFAULT_WORKERS = 5;

export class ControllerDriver {
  readonly #options: DriverOptions;
  readonly #informers: InformerFactory;
  readonly #running: readonly RunningController[];

  constructor(definitions: readonly ControllerDefinition[], options: DriverOptions) {
    this.#options = options;
    this.#informers = options.informers ?? new InformerFactory(options);
    this.#running = definitions.map(
      definition => new RunningController(definition, options, this.#informers),
    );
  }

  health(): readonly ControllerHealth[] {
    return this.#running.map(running => running.health());
  }

  /** Every controller is at work. */
  get ready(): boolean {
    return this.#running.every(running => running.health().ready);
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([
      ...(this.#options.informers ? [] : [this.#informers.run(signal)]),
      ...this.#running.map(running => running.run(signal)),
    ]);
  }
}

class RunningController {
  readonly #definition: ControllerDefinition;
  readonly #controller: Controller;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #queue: WorkQueue;
  readonly #informers = new Set<Informer<KubeObject>>();
  readonly #recorders = new Set<EventRecorder>();
  #ready = false;
  #reconciled = 0;
  #failed = 0;
  #lastError: { readonly key: string; readonly message: string } | undefined;

  constructor(definition: ControllerDefinition, options: DriverOptions, informers: InformerFactory) {
    this.#definition = definition;
    this.#clock = options.clock;
    this.#log = options.log.with({ controller: definition.name });
    this.#queue = new WorkQueue({ clock: options.clock, random: options.random });
    this.#controller = definition.build(this.#context(options, informers));
  }

  health(): ControllerHealth {
    return {
      name: this.#definition.name,
      ready: this.#ready,
      queued: this.#queue.length,
      reconciled: this.#reconciled,
      failed: this.#failed,
      ...(this.#lastError ? { lastError: `${this.#lastError.key}: ${this.#lastError.message}` } : {}),
    };
  }

  async run(signal: AbortSignal): Promise<void> {
    const synced = Promise.all([...this.#informers].map(informer => informer.synced));
    await Promise.race([aborted(signal), synced]);
    if (signal.aborted) return;
    this.#resync();
    const resync = this.#resyncEvery(signal);
    this.#ready = true;
    await this.#queue.run(key => this.#reconcile(key), {
      signal,
      workers: this.#definition.workers ?? DEFAULT_WORKERS,
      onError: (key, error, failures) => this.#report(key, error, failures),
    });
    this.#ready = false;
    resync();
    await Promise.all([...this.#recorders].map(recorder => recorder.close()));
  }

  async #reconcile(key: string): Promise<WorkResult | void> {
    const result = await this.#controller.reconcile(key);
    this.#reconciled += 1;
    if (this.#lastError?.key === key) this.#lastError = undefined;
    return result;
  }

  #report(key: string, error: unknown, failures: number): void {
    // Somebody else wrote or deleted first, or what the cache shows is older than what was just
    // written: the next attempt reads again. Worth a line only when it does not stop.
    const stale = isStatusError(error, 'Conflict') || isStatusError(error, 'NotFound');
    if (stale && failures < 5) {
      this.#log.debug('the cluster was ahead, will retry', { key, failures, error: error.message });
      return;
    }
    this.#failed += 1;
    const message = error instanceof Error ? error.message : String(error);
    this.#lastError = { key, message };
    const stack = isStatusError(error) || !(error instanceof Error) ? undefined : error.stack;
    this.#log.warn('reconcile failed, will retry', {
      key,
      failures,
      error: message,
      ...(stack ? { stack } : {}),
    });
  }

  #resync(): void {
    for (const key of this.#controller.resyncKeys?.() ?? []) this.#queue.add(key);
  }

  /** Returns the function that stops it. */
  #resyncEvery(signal: AbortSignal): () => void {
    const { resyncMs } = this.#controller;
    if (resyncMs === undefined) return () => {};
    const tick = () => {
      if (signal.aborted) return;
      this.#resync();
      timer = this.#clock.schedule(resyncMs, tick);
    };
    let timer = this.#clock.schedule(resyncMs, tick);
    return () => timer.cancel();
  }

  #context(options: DriverOptions, factory: InformerFactory): ControllerContext {
    const { client, clock, random, kinds } = options;
    return {
      client,
      clock,
      random,
      kinds,
      log: this.#log,
      options: { ...DEFAULT_CONTROLLER_OPTIONS, ...options.options },
      informer: <T extends KubeObject>(resource: GroupVersionResource, selection?: InformerSelection) => {
        const informer = factory.informer<T>(resource, selection);
        this.#informers.add(informer as unknown as Informer<KubeObject>);
        return informer;
      },
      recorder: component => {
        const recorder = createEventRecorder({ client, clock, random, log: this.#log, component });
        this.#recorders.add(recorder);
        return recorder;
      },
      enqueue: key => this.#queue.add(key),
      enqueueAfter: (key, delayMs) => this.#queue.addAfter(key, delayMs),
    };
  }
}
