/**
 * Watch: the cache's events as one watcher sees them (watch-view.ts), after the state it begins with.
 */
import type { KubeObject } from '../../api/object.ts';
import { StatusError } from '../../api/status-error.ts';
import { CompactedError, FutureRevisionError, type Revision, revision } from '../../store/contract.ts';
import type { CachedObject, CacheEvent, CacheWatch } from '../cache/contract.ts';
import type { ServerCore, Target } from '../core.ts';
import type { Resource } from '../registry/resource.ts';
import { tooLarge } from './list.ts';
import type { Selection } from './selection.ts';
import { WatchView } from './watch-view.ts';

export interface WatchRequest {
  readonly selection: Selection;
  /** Events after this one; undefined or 0: first an ADDED for each object that is there. */
  readonly resourceVersion?: number | undefined;
  /** The initial state first, whatever resourceVersion is, then a bookmark that says it is complete. */
  readonly sendInitialEvents?: boolean | undefined;
}

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface Watcher {
  /**
   * The state the watch begins with, for a watcher that takes its time; absent: given by onEvent.
   * The objects are those to be told of as ADDED, found out one by one as they are taken.
   */
  onInitial?(objects: Iterable<CachedObject>): void;
  /** A batch that others are given too, who select the same; false: give its events one by one. */
  onBatch?(events: readonly CacheEvent[]): boolean;
  /** `line` is the encoding that is shared with them, where it is the object as it is stored. */
  onEvent(type: WatchEventType, object: CachedObject, line: (() => Buffer) | undefined): void;
  /** The events that came together have been given. */
  onBatchEnd?(): void;
  /** The initial state has been given, and is that of this revision. */
  onInitialEventsEnd(at: Revision): void;
  onEnd(cause: Error | undefined): void;
}

/** @throws StatusError 410 when the version is too old, 504 when it is not there yet */
export async function watchObjects(
  core: ServerCore,
  { resource, namespace, name }: Target,
  request: WatchRequest,
  watcher: Watcher,
): Promise<CacheWatch> {
  const onlyName = name || request.selection.name;
  // One object is one key; its prefix may match longer names, which the view drops.
  const prefix =
    onlyName && (namespace !== '' || !resource.namespaced)
      ? resource.key(namespace, onlyName)
      : resource.prefix(namespace);
  const view = new WatchView(resource, name, request.selection);
  const { resourceVersion = 0 } = request;
  const { sendInitialEvents = false } = request;
  const beginsWithState = request.sendInitialEvents ?? resourceVersion === 0;
  // A version that is not there yet is waited for: what comes before it is not told.
  const waitsFor = !sendInitialEvents && resourceVersion > core.cache.revision ? resourceVersion : 0;
  const anywhere = waitsFor > 0 || resourceVersion === 0;
  let from = anywhere ? core.cache.revision : revision(resourceVersion);
  if (beginsWithState) {
    if (resourceVersion > core.cache.revision) throw tooLarge(resourceVersion, core.cache.revision);
    from = core.cache.revision;
    const single = core.cache.get(prefix);
    const initial = filtered(single ? [single] : core.cache.list(prefix), view);
    if (watcher.onInitial) watcher.onInitial(initial);
    else for (const object of initial) watcher.onEvent('ADDED', object, undefined);
    if (sendInitialEvents) watcher.onInitialEventsEnd(from);
  }
  const deliver = (events: readonly CacheEvent[]) => {
    const seen = view.select(waitsFor > 0 ? events.filter(event => event.revision > waitsFor) : events);
    if (seen.length === 0 || (!resource.converts && watcher.onBatch?.(seen))) return;
    for (const event of seen)
      watcher.onEvent(event.type, event.current, resource.converts ? undefined : () => event.line);
    watcher.onBatchEnd?.();
  };
  try {
    return await core.cache.watch({
      prefix,
      from,
      onEvents: deliver,
      onEnd: cause => watcher.onEnd(cause),
    });
  } catch (error) {
    throw watchError(error);
  }
}

function* filtered(objects: readonly CachedObject[], view: WatchView): Iterable<CachedObject> {
  for (const object of objects) if (view.wants(object)) yield object;
}

function watchError(error: unknown): unknown {
  if (error instanceof CompactedError)
    return new StatusError({
      reason: 'Expired',
      message: `too old resource version: ${error.requested} (${error.compacted})`,
    });
  return error instanceof FutureRevisionError ? tooLarge(error.requested, error.current) : error;
}

/** A bookmark carries nothing but a version, and at the end of the initial events says so. */
export function bookmark(resource: Resource, at: Revision, initialEventsEnd: boolean): KubeObject {
  const annotations = { 'k8s.io/initial-events-end': 'true' };
  return {
    kind: resource.definition.kind,
    apiVersion: resource.apiVersion,
    metadata: { resourceVersion: String(at), ...(initialEventsEnd ? { annotations } : {}) },
  };
}
