/**
 * Shares informers: one for each resource and selection, however many components ask. An
 * informer starts when the factory runs, or at once when it is asked for later.
 */
import { setMaxListeners } from 'node:events';
import type { GroupVersionResource, KubeObject } from '../api/object.ts';
import { aborted } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Client } from './contract.ts';
import { type Informer, type InformerSelection, SharedInformer } from './informer.ts';

export interface InformerFactoryOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

export class InformerFactory {
  readonly #options: InformerFactoryOptions;
  readonly #informers = new Map<string, SharedInformer<KubeObject>>();
  readonly #running = new Set<Promise<void>>();
  #signal: AbortSignal | undefined;

  constructor(options: InformerFactoryOptions) {
    this.#options = options;
  }

  /** The shared informer of the resource; the caller says which type the resource has. */
  informer<T extends KubeObject>(
    resource: GroupVersionResource,
    selection: InformerSelection = {},
  ): Informer<T> {
    const { namespace = '', labelSelector = '', fieldSelector = '' } = selection;
    const id = [
      resource.group,
      resource.version,
      resource.resource,
      namespace,
      labelSelector,
      fieldSelector,
    ].join('\n');
    let informer = this.#informers.get(id);
    if (!informer) {
      informer = new SharedInformer<KubeObject>({ ...this.#options, resource, selection });
      this.#informers.set(id, informer);
      if (this.#signal) this.#start(informer, this.#signal);
    }
    return informer as unknown as Informer<T>;
  }

  /** Runs every informer until `signal` is aborted; resolves when all have ended. Call it once. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    // Every watch listens to the one signal; Node takes more than ten for a leak.
    setMaxListeners(0, signal);
    for (const informer of this.#informers.values()) this.#start(informer, signal);
    await aborted(signal);
    await Promise.all(this.#running);
  }

  /** Resolves when every informer asked for so far has its first list. */
  async synced(): Promise<void> {
    await Promise.all([...this.#informers.values()].map(informer => informer.synced));
  }

  #start(informer: SharedInformer<KubeObject>, signal: AbortSignal): void {
    const running = informer.run(signal).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }
}
