/**
 * Follows the stored FlowSchemas and PriorityLevelConfigurations: makes them take effect, says in
 * each schema's condition `Dangling` whether its level exists, and keeps the bootstrap objects
 * as they are specified (upstream's config consumer and config producer).
 *
 * Mandatory objects come back when they are deleted and keep their spec. Suggested ones come back
 * too; their spec is kept while annotation apf.kubernetes.io/autoupdate-spec says so, or, where it
 * is absent, as long as nobody has changed it. What was never there is not made here: that is
 * what the start of a cluster does (bootstrap/bootstrap.ts).
 *
 * Works on events, and only then. Upstream looks once a minute.
 */
import type { KubeObject } from '../../api/object.ts';
import { isStatusError } from '../../api/status-error.ts';
import { rfc3339, sleep, type Timer } from '../../base/clock.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '../../generated/flowcontrol-v1.ts';
import { applyTo } from '../apply/transform.ts';
import { writerOf } from '../apply/writer.ts';
import { serverWrites } from '../bootstrap/server-caller.ts';
import type { CacheWatch } from '../cache/contract.ts';
import type { ServerCore } from '../core.ts';
import { clone, sameJson } from '../operations/clone.ts';
import { createObject } from '../operations/create.ts';
import { updateObject } from '../operations/update.ts';
import type { Resource } from '../registry/resource.ts';
import { AUTO_UPDATE, bootstrapFlowObjects, EXEMPT, GROUP, isMandatory } from './bootstrap-objects.ts';
import { danglingCondition } from './configuration.ts';
import type { FlowControl } from './flow-control.ts';

/** Of managedFields, as upstream's. */
const CONSUMER = 'api-priority-and-fairness-config-consumer-v1';
export const PRODUCER = 'api-priority-and-fairness-config-producer-v1';
/** Somebody who writes the same condition otherwise is not fought for ever (upstream: six a minute). */
const MOST_STATUS_WRITES = 6;
const STATUS_WINDOW_MS = 60_000;
const RETRY_MS = 1000;
const CLOSE_GRACE_MS = 2000;

type FlowObject = FlowSchema | PriorityLevelConfiguration;

/** One for a server; works from its start until it is closed. */
export class FlowConfigConsumer {
  private readonly levels: Resource | undefined;
  private readonly schemas: Resource | undefined;
  private readonly watches: CacheWatch[] = [];
  /** Keys of bootstrap objects that have been there. */
  private readonly seen = new Set<string>();
  private readonly statusWrites = new Map<string, number[]>();
  private shown = '';
  private dirty = false;
  private working: Promise<void> | undefined;
  private retry: Timer | undefined;
  private closed = false;

  constructor(
    private readonly core: ServerCore,
    private readonly flowControl: FlowControl,
  ) {
    this.levels = core.resources.lookup(GROUP, 'v1', 'prioritylevelconfigurations');
    this.schemas = core.resources.lookup(GROUP, 'v1', 'flowschemas');
  }

  /** Takes over what is stored now; the promise resolves when changes are followed. */
  async start(): Promise<void> {
    const { levels, schemas } = this;
    // Servers of a few kinds, in tests, have neither; the mandatory objects hold.
    if (!levels || !schemas) return;
    const from = this.core.cache.revision;
    this.changed();
    for (const resource of [levels, schemas]) {
      const watch = await this.core.cache.watch({
        prefix: resource.prefix(),
        from,
        onEvents: events => {
          for (const { previous } of events) if (previous) this.seen.add(previous.key);
          this.changed();
        },
        onEnd: () => {},
      });
      if (this.closed) watch.stop();
      else this.watches.push(watch);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    this.retry?.cancel();
    for (const watch of this.watches) watch.stop();
    // A store that does not answer any more must not hold up the end.
    const ended = new AbortController();
    await Promise.race([this.working, sleep(this.core.clock, CLOSE_GRACE_MS, ended.signal)]);
    ended.abort();
  }

  private changed(): void {
    this.dirty = true;
    this.configure();
    if (!this.working && !this.closed) this.working = this.work();
  }

  /** At once: who has written a configuration finds it in effect. A new status alone is no reason. */
  private configure(): void {
    const levels = this.list<PriorityLevelConfiguration>(this.levels);
    const schemas = this.list<FlowSchema>(this.schemas);
    const shown = [...levels, ...schemas].map(o => `${o.metadata.uid} ${o.metadata.generation}`).join();
    if (shown === this.shown) return;
    this.shown = shown;
    this.flowControl.configure(levels, schemas);
  }

  private list<T>(resource: Resource | undefined): T[] {
    if (!resource) return [];
    return this.core.cache.list(resource.prefix()).map(cached => resource.present(cached) as T);
  }

  private async work(): Promise<void> {
    try {
      while (this.dirty && !this.closed) {
        this.dirty = false;
        await this.keepBootstrapObjects();
        await this.writeConditions();
      }
    } catch (error) {
      if (this.closed) return;
      this.core.log.warn('flow control objects are not as they should be yet', { error: String(error) });
      this.again(RETRY_MS);
    } finally {
      this.working = undefined;
      if (this.dirty && !this.closed && !this.retry) this.working = this.work();
    }
  }

  private again(delayMs: number): void {
    this.retry?.cancel();
    this.retry = this.core.clock.schedule(delayMs, () => {
      this.retry = undefined;
      this.changed();
    });
  }

  private async keepBootstrapObjects(): Promise<void> {
    const { levels, schemas } = bootstrapFlowObjects();
    for (const level of levels) await this.keep(this.levels as Resource, level);
    for (const schema of schemas) await this.keep(this.schemas as Resource, schema);
  }

  private async keep(resource: Resource, wanted: FlowObject): Promise<void> {
    const name = wanted.metadata.name ?? '';
    const key = resource.key('', name);
    const cached = this.core.cache.get(key);
    if (!cached) {
      if (!this.seen.has(key) || this.closed) return;
      const object = clone(wanted as unknown as KubeObject);
      await createObject(this.core, { resource, namespace: '', name: '' }, object, {
        ...serverWrites,
        manager: PRODUCER,
      }).catch((error: unknown) => {
        if (!isStatusError(error, 'AlreadyExists')) throw error;
      });
      return;
    }
    this.seen.add(key);
    if (!isOutdated(resource.present(cached) as unknown as FlowObject, wanted)) return;
    const renew = (old: KubeObject): KubeObject => {
      const next = clone(old) as unknown as FlowObject;
      next.spec = specFor(next, wanted);
      next.metadata.annotations = { ...next.metadata.annotations, [AUTO_UPDATE]: 'true' };
      return next as unknown as KubeObject;
    };
    await updateObject(this.core, { resource, namespace: '', name }, renew, {
      ...serverWrites,
      manager: PRODUCER,
    });
  }

  private async writeConditions(): Promise<void> {
    const levels = this.list<PriorityLevelConfiguration>(this.levels);
    for (const schema of this.list<FlowSchema>(this.schemas)) {
      const condition = danglingCondition(schema, levels, rfc3339(this.core.clock.now()));
      if (!condition || this.closed) continue;
      const name = schema.metadata.name ?? '';
      if (!this.mayWrite(name)) {
        this.again(STATUS_WINDOW_MS);
        continue;
      }
      await this.applyCondition(name, condition).catch((error: unknown) => {
        if (!isStatusError(error, 'NotFound')) throw error;
      });
    }
  }

  private mayWrite(name: string): boolean {
    const now = this.core.clock.monotonic();
    const recent = (this.statusWrites.get(name) ?? []).filter(at => now - at < STATUS_WINDOW_MS);
    const allowed = recent.length < MOST_STATUS_WRITES;
    if (allowed) recent.push(now);
    this.statusWrites.set(name, recent);
    return allowed;
  }

  private async applyCondition(name: string, condition: object): Promise<void> {
    const resource = this.schemas as Resource;
    const { definition, apiVersion } = resource;
    const subresource = 'status';
    const config = {
      apiVersion,
      kind: definition.kind,
      metadata: { name },
      status: { conditions: [condition] },
    };
    const transform = (old: KubeObject) => {
      const writer = writerOf(this.core, resource, { subresource, manager: CONSUMER });
      return applyTo(definition, writer, old, config, true);
    };
    await updateObject(this.core, { resource, namespace: '', name }, transform, {
      ...serverWrites,
      manager: CONSUMER,
      subresource,
      patch: true,
      keepsManagedFields: true,
    });
  }
}

function isOutdated(has: FlowObject, wanted: FlowObject): boolean {
  const annotation = has.metadata.annotations?.[AUTO_UPDATE];
  const kept =
    isMandatory(wanted.metadata.name) ||
    annotation === 'true' ||
    (annotation !== 'false' && (has.metadata.generation ?? 1) === 1);
  return kept && (annotation !== 'true' || !sameJson(specFor(has, wanted), has.spec));
}

/** Shares and lending of the level `exempt` are the operator's. */
function specFor(has: FlowObject, wanted: FlowObject): never {
  const own =
    wanted.metadata.name === EXEMPT && 'exempt' in has.spec ? { exempt: has.spec.exempt } : undefined;
  return { ...wanted.spec, ...own } as never;
}
