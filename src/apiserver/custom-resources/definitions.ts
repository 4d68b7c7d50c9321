/**
 * Looks after CustomResourceDefinitions, as upstream's API server does itself: accepts their names,
 * says that they are established, and lets deleted ones go.
 *
 * Definitions are worked on one after the other, each as it is now: what an event said is old by then.
 * A definition that goes frees its names, so those of its group are looked at again.
 */
import { acceptNames, CLEANUP, markCleanedUp } from '../../api/apiextensions/conditions.ts';
import { isStatusError } from '../../api/status-error.ts';
import type { Timer } from '../../base/clock.ts';
import type { CustomResourceDefinition } from '../../generated/apiextensions-v1.ts';
import { serverWrites } from '../bootstrap/server-caller.ts';
import type { CacheEvent, CacheWatch } from '../cache/contract.ts';
import type { ServerCore, Target } from '../core.ts';
import { clone } from '../operations/clone.ts';
import { modifyObject } from '../operations/modify.ts';
import { updateObject } from '../operations/update.ts';

/** Upstream looks for what is left of a resource this long after its definition was deleted, at the earliest. */
const CLEANUP_DELAY_MS = 5_000;

export interface DefinitionKeeper {
  /** Ends what is under way. */
  close(): Promise<void>;
}

export function keepDefinitions(core: ServerCore): DefinitionKeeper {
  const keeper = new Keeper(core);
  return { close: () => keeper.close() };
}

class Keeper {
  private readonly waiting = new Set<string>();
  private readonly timers = new Map<string, Timer>();
  private readonly started: Promise<CacheWatch | undefined>;
  private work: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(private readonly core: ServerCore) {
    this.started = this.start();
  }

  async close(): Promise<void> {
    this.closed = true;
    (await this.started)?.stop();
    for (const timer of this.timers.values()) timer.cancel();
    await this.work;
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
    for (const { type, current } of events) {
      const { metadata, spec } = current.object;
      if (type !== 'DELETED') this.add(metadata.name ?? '');
      else
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
        if (!isStatusError(error, 'NotFound'))
          this.core.log.error(`Cannot bring CustomResourceDefinition ${name} up to date`, { error });
      }
    });
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

  /** Custom resources are not served yet, so there is nothing else to delete. */
  private async cleanUp(target: Target, { metadata }: CustomResourceDefinition): Promise<void> {
    if (!metadata.finalizers?.includes(CLEANUP)) return;
    const { clock } = this.core;
    const waitMs = Date.parse(metadata.deletionTimestamp ?? '') + CLEANUP_DELAY_MS - clock.now();
    this.timers.get(target.name)?.cancel();
    this.timers.delete(target.name);
    if (waitMs > 0) {
      this.timers.set(
        target.name,
        clock.schedule(waitMs, () => this.add(target.name)),
      );
      return;
    }
    const change = (object: unknown) => markCleanedUp(object as CustomResourceDefinition, clock.now());
    await modifyObject(this.core, target, object => {
      const { finalizers } = object.metadata;
      change(object);
      if (finalizers) object.metadata.finalizers = finalizers;
    });
    await updateObject(
      this.core,
      target,
      old => {
        const next = clone(old);
        change(next);
        return next;
      },
      serverWrites,
    );
  }
}
