/**
 * Looks after CustomResourceDefinitions, as upstream's API server does itself: accepts their names,
 * says that they are established, serves them (serving.ts), and lets deleted ones go, their instances
 * first.
 *
 * Definitions are worked on one after the other, each as it is now: what an event said is old by then.
 * A definition that goes frees its names, so those of its group are looked at again.
 */
import {
  acceptNames,
  CLEANUP,
  isMarkedCleanedUp,
  markCleanedUp,
  markInProgress,
} from '../../api/apiextensions/conditions.ts';
import { isStatusError } from '../../api/status-error.ts';
import type { Timer } from '../../base/clock.ts';
import type { CustomResourceDefinition } from '../../generated/apiextensions-v1.ts';
import { serverWrites } from '../bootstrap/server-caller.ts';
import type { CacheEvent, CacheWatch } from '../cache/contract.ts';
import type { ServerCore, Target } from '../core.ts';
import { clone } from '../operations/clone.ts';
import { modifyObject } from '../operations/modify.ts';
import { updateObject } from '../operations/update.ts';
import type { Resource } from '../registry/resource.ts';
import { deleteInstances, instancesOf } from './instances.ts';
import { CustomServing } from './serving.ts';

/** Upstream looks for what is left of a resource this long after its definition was deleted, at the earliest. */
const CLEANUP_DELAY_MS = 5_000;
/** After something unforeseen, such as a store that does not answer. */
const RETRY_MS = 5_000;

export interface DefinitionKeeper {
  /** Ends what is under way. */
  close(): Promise<void>;
}

/** Begins at once with what is stored, and works on events from then on until it is closed. */
export function keepDefinitions(core: ServerCore): DefinitionKeeper {
  const keeper = new Keeper(core);
  return { close: () => keeper.close() };
}

class Keeper {
  private readonly waiting = new Set<string>();
  private readonly timers = new Map<string, Timer>();
  /** Of definitions that wait for the finalizers of their last instances. */
  private readonly instances = new Map<string, CacheWatch>();
  private readonly serving: CustomServing;
  private readonly started: Promise<CacheWatch | undefined>;
  private work: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(private readonly core: ServerCore) {
    this.serving = new CustomServing(core.resources);
    this.started = this.start();
  }

  async close(): Promise<void> {
    this.closed = true;
    (await this.started)?.stop();
    for (const timer of this.timers.values()) timer.cancel();
    await this.work;
    for (const watch of this.instances.values()) watch.stop();
  }

  private get resource() {
    return this.core.resources.lookup('apiextensions.k8s.io', 'v1', 'customresourcedefinitions');
  }

  private definitions(): readonly CustomResourceDefinition[] {
    const { resource } = this;
    if (!resource) return [];
    return this.core.cache.list<CustomResourceDefinition>(resource.prefix()).map(({ object }) => object);
  }

  private async start(): Promise<CacheWatch | undefined> {
    const { resource, core } = this;
    if (!resource) return undefined;
    // At once: what was established before a restart is served from its first request on.
    for (const definition of this.definitions()) this.serving.look(definition);
    try {
      const watch = await core.cache.watch<CustomResourceDefinition>({
        prefix: resource.prefix(),
        from: core.cache.revision,
        onEvents: events => this.onEvents(events),
        onEnd: () => {},
      });
      for (const { metadata } of this.definitions()) this.add(metadata.name ?? '');
      return watch;
    } catch (error) {
      core.log.error('Cannot watch CustomResourceDefinitions', { error });
      return undefined;
    }
  }

  private onEvents(events: readonly CacheEvent<CustomResourceDefinition>[]): void {
    for (const event of events) {
      const { type, current } = event;
      const { metadata, spec } = current.object;
      this.serving.onEvent(event);
      if (type !== 'DELETED') {
        this.add(metadata.name ?? '');
        continue;
      }
      this.forget(metadata.name ?? '');
      for (const other of this.definitions())
        if (other.spec.group === spec.group) this.add(other.metadata.name ?? '');
    }
  }

  private add(name: string): void {
    if (this.closed || this.waiting.has(name)) return;
    this.waiting.add(name);
    this.work = this.work.then(async () => {
      this.waiting.delete(name);
      if (this.closed) return;
      try {
        await this.settle(name);
      } catch (error) {
        if (isStatusError(error, 'NotFound')) return;
        this.core.log.error(`Cannot bring CustomResourceDefinition ${name} up to date`, { error });
        this.addAfter(name, RETRY_MS);
      }
    });
  }

  private addAfter(name: string, ms: number): void {
    this.timers.get(name)?.cancel();
    this.timers.delete(name);
    if (this.closed) return;
    const again = () => this.add(name);
    this.timers.set(name, this.core.clock.schedule(ms, again));
  }

  private async settle(name: string): Promise<void> {
    const { resource, core } = this;
    const object = resource && core.cache.get<CustomResourceDefinition>(resource.key('', name))?.object;
    if (!resource || !object) return;
    const target: Target = { resource, namespace: '', name };
    if (object.metadata.deletionTimestamp) return await this.cleanUp(target, object);
    const others = this.definitions().filter(
      o => o.metadata.name !== name && o.spec.group === object.spec.group,
    );
    if (!acceptNames(clone(object), others, core.clock.now())) return;
    await modifyObject(core, target, next => {
      acceptNames(next as CustomResourceDefinition, others, core.clock.now());
    });
  }

  private async cleanUp(target: Target, definition: CustomResourceDefinition): Promise<void> {
    const { metadata } = definition;
    if (!metadata.finalizers?.includes(CLEANUP)) return;
    const { clock } = this.core;
    if (markInProgress(clone(definition), clock.now()))
      await modifyObject(this.core, target, object => {
        markInProgress(object as CustomResourceDefinition, clock.now());
      });
    const waitMs = Date.parse(metadata.deletionTimestamp ?? '') + CLEANUP_DELAY_MS - clock.now();
    if (waitMs > 0) return this.addAfter(target.name, waitMs);
    const kind = instancesOf(this.core, definition);
    if (kind && (await deleteInstances(this.core, kind)) > 0) return await this.awaitInstances(target, kind);
    if (!isMarkedCleanedUp(definition))
      await modifyObject(this.core, target, object => {
        const { finalizers } = object.metadata;
        markCleanedUp(object as CustomResourceDefinition, clock.now());
        if (finalizers) object.metadata.finalizers = finalizers;
      });
    // As a write of the status, and so whatever is wrong with the spec: what goes need not be valid.
    await updateObject(
      this.core,
      target,
      old => {
        const next = clone(old);
        markCleanedUp(next as CustomResourceDefinition, clock.now());
        return next;
      },
      { ...serverWrites, subresource: 'status', prepare: () => {} },
    );
  }

  /** Until the last instance has gone: their finalizers are others' business. */
  private async awaitInstances({ name }: Target, kind: Resource): Promise<void> {
    if (this.instances.has(name)) return;
    const { cache } = this.core;
    const watch = await cache.watch({
      prefix: kind.prefix(),
      from: cache.revision,
      onEvents: events => {
        const emptied = events.some(e => e.type === 'DELETED') && cache.list(kind.prefix()).length === 0;
        if (emptied) this.add(name);
      },
      onEnd: () => {},
    });
    this.instances.set(name, watch);
    // The last one may have gone before the watch was there.
    if (cache.list(kind.prefix()).length === 0) this.add(name);
  }

  private forget(name: string): void {
    this.instances.get(name)?.stop();
    this.instances.delete(name);
    this.timers.get(name)?.cancel();
    this.timers.delete(name);
  }
}
