/**
 * What deleting an object comes down to: removing it now, or marking it and leaving the rest to
 * a kubelet or to those who own its finalizers. Pure (upstream: rest.BeforeDelete and the
 * registry store's deletionFinalizersForGarbageCollection).
 */
import type { KindDefinition } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import { rfc3339 } from '../../base/clock.ts';
import { clone, sameJson } from './clone.ts';
import type { DeleteOptions } from './delete-options.ts';

const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

export type DeletePlan =
  | { readonly action: 'remove' /** As it looked at last. */; readonly last: KubeObject }
  /** `next` is to be written; it is gone later. */
  | { readonly action: 'mark'; readonly next: KubeObject }
  /** It is being deleted already, and this request changes nothing about it. */
  | { readonly action: 'none' };

export function planDelete(
  definition: KindDefinition,
  old: KubeObject,
  options: DeleteOptions,
  nowMs: number,
): DeletePlan {
  if (definition.prepareForDelete && !old.metadata.deletionTimestamp) {
    const next = clone(old);
    next.metadata.deletionTimestamp = rfc3339(nowMs);
    definition.prepareForDelete(next, nowMs);
    return { action: 'mark', next };
  }
  const finalizers = finalizersFor(definition, old, options);
  const grace = graceFor(definition, old, options);
  if (grace === 'pending') return { action: 'none' };
  const waits = (grace !== undefined && grace > 0) || hasNamespaceFinalizers(definition, old);
  if (finalizers.length === 0 && !waits) return { action: 'remove', last: lastState(old, grace, nowMs) };
  const next = clone(old);
  next.metadata.finalizers = [...finalizers];
  if (finalizers.length === 0) delete next.metadata.finalizers;
  if (hasNamespaceFinalizers(definition, old)) markNamespace(next, nowMs);
  else markObject(next, old, grace ?? old.metadata.deletionGracePeriodSeconds ?? 0, nowMs);
  return sameJson(next, old) ? { action: 'none' } : { action: 'mark', next };
}

/** Kinds with a grace period show that it has run out; the others are answered as they were. */
function lastState(old: KubeObject, grace: number | undefined, nowMs: number): KubeObject {
  if (grace === undefined) return old;
  const last = clone(old);
  markObject(last, old, 0, nowMs);
  return last;
}

function markObject(next: KubeObject, old: KubeObject, grace: number, nowMs: number): void {
  const { metadata } = next;
  const requestedAt = old.metadata.deletionTimestamp
    ? Date.parse(old.metadata.deletionTimestamp) - (old.metadata.deletionGracePeriodSeconds ?? 0) * 1000
    : nowMs;
  metadata.deletionTimestamp = rfc3339(requestedAt + grace * 1000);
  metadata.deletionGracePeriodSeconds = grace;
  if (metadata.generation !== undefined && metadata.generation > 0 && !old.metadata.deletionTimestamp)
    metadata.generation += 1;
}

/**
 * The grace period to set; undefined where the kind knows none. Once set it only becomes shorter:
 * a request that asks for no less is `pending`, and changes nothing.
 */
function graceFor(
  definition: KindDefinition,
  old: KubeObject,
  { gracePeriodSeconds: requested }: DeleteOptions,
): number | 'pending' | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds: current } = old.metadata;
  if (!definition.gracePeriodSeconds) return undefined;
  if (deletionTimestamp === undefined) return definition.gracePeriodSeconds(old, requested);
  if (current === undefined) return undefined;
  return requested === undefined || requested >= current ? 'pending' : requested;
}

/** The finalizers after this request: `orphan` or `foregroundDeletion` as the policy says. */
function finalizersFor(
  definition: KindDefinition,
  old: KubeObject,
  options: DeleteOptions,
): readonly string[] {
  const present = old.metadata.finalizers ?? [];
  const [orphan, foreground] = dependentsPolicy(definition, present, options);
  const others = present.filter(f => f !== ORPHAN && f !== FOREGROUND);
  const wanted = [...others];
  if (orphan) wanted.push(ORPHAN);
  if (foreground) wanted.push(FOREGROUND);
  const unchanged = wanted.length === present.length && wanted.every(f => present.includes(f));
  return unchanged ? present : wanted;
}

function dependentsPolicy(
  definition: KindDefinition,
  present: readonly string[],
  { propagationPolicy, orphanDependents }: DeleteOptions,
): readonly [orphan: boolean, foreground: boolean] {
  if (propagationPolicy !== undefined)
    return [propagationPolicy === 'Orphan', propagationPolicy === 'Foreground'];
  if (orphanDependents !== undefined) return [orphanDependents, false];
  if (present.includes(ORPHAN)) return [true, false];
  if (present.includes(FOREGROUND)) return [false, true];
  return [definition.defaultPropagation === 'Orphan', false];
}

interface NamespaceLike extends KubeObject {
  spec?: { finalizers?: readonly string[] };
  status?: { phase?: string };
}

/** A namespace is emptied before it goes: its own finalizers stand in spec (API reference, Namespace). */
export function hasNamespaceFinalizers(definition: KindDefinition, object: KubeObject): boolean {
  if (definition.group !== '' || definition.kind !== 'Namespace') return false;
  return ((object as NamespaceLike).spec?.finalizers ?? []).length > 0;
}

function markNamespace(next: NamespaceLike, nowMs: number): void {
  next.metadata.deletionTimestamp ??= rfc3339(nowMs);
  next.status = { ...next.status, phase: 'Terminating' };
}
