/**
 * What the garbage collector does about one object (API reference, "Garbage Collection"). Pure.
 *
 * - An object all of whose owners are gone is deleted. While one of several is there, only the
 *   references to those that are gone are taken off.
 * - Background: the owner is gone, so its dependents are. Foreground: the owner stays, marked
 *   with the finalizer `foregroundDeletion`, until every dependent that blocks it is gone.
 * - Orphan: the owner stays, marked with `orphan`, until its dependents no longer refer to it.
 */
import type { KubeObject } from '../../api/object.ts';
import { ownedBy } from '../../client/owner-reference.ts';
import type { OwnerReference } from '../../generated/meta-v1.ts';
import { uidOf } from './graph.ts';

export const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

/** `waiting`: it is being deleted in the foreground, and this object holds it up. */
export type OwnerState = 'present' | 'absent' | 'waiting';

export interface GarbageSnapshot {
  readonly object: KubeObject;
  readonly owners: readonly { readonly reference: OwnerReference; readonly state: OwnerState }[];
  readonly dependents: readonly KubeObject[];
}

export type GarbageAction =
  | { readonly type: 'delete'; readonly policy: 'Background' | 'Foreground' | 'Orphan' }
  /** Take the references with these uids off the object, or off one of its dependents. */
  | { readonly type: 'release'; readonly object: KubeObject; readonly ownerUids: readonly string[] }
  /** The object's own references stay, but hold nobody up any more. */
  | { readonly type: 'unblock'; readonly object: KubeObject }
  | { readonly type: 'remove-finalizer'; readonly finalizer: string }
  /** Look at this dependent: it is in the way. */
  | { readonly type: 'visit'; readonly uid: string };

export function planGarbage(snapshot: GarbageSnapshot): readonly GarbageAction[] {
  const { object, dependents } = snapshot;
  if (object.metadata.deletionTimestamp === undefined) return planOwned(snapshot);
  const uid = uidOf(object);
  if (hasFinalizer(object, ORPHAN)) {
    return [
      ...dependents.map(dependent => ({ type: 'release' as const, object: dependent, ownerUids: [uid] })),
      { type: 'remove-finalizer', finalizer: ORPHAN },
    ];
  }
  if (!isDeletingDependents(object)) return [];
  const blocking = dependents.filter(dependent => ownedBy(dependent, uid)?.blockOwnerDeletion);
  if (blocking.length === 0) return [{ type: 'remove-finalizer', finalizer: FOREGROUND }];
  return blocking
    .filter(dependent => !isDeletingDependents(dependent))
    .map(dependent => ({ type: 'visit', uid: uidOf(dependent) }));
}

function planOwned({ object, owners, dependents }: GarbageSnapshot): readonly GarbageAction[] {
  if (owners.length === 0) return [];
  const gone = owners.filter(({ state }) => state !== 'present').map(({ reference }) => reference.uid);
  if (gone.length < owners.length) {
    return gone.length > 0 ? [{ type: 'release', object, ownerUids: gone }] : [];
  }
  if (owners.some(({ state }) => state === 'waiting') && dependents.length > 0) {
    // A circle of objects that all wait for one another would never end: this one holds nobody up.
    const blocks = owners.some(({ reference }) => reference.blockOwnerDeletion);
    const circular = blocks && dependents.some(isDeletingDependents);
    return [
      ...(circular ? [{ type: 'unblock' as const, object }] : []),
      { type: 'delete', policy: 'Foreground' },
    ];
  }
  return [{ type: 'delete', policy: policyOf(object) }];
}

/** A finalizer that was put on before the deletion says what its author wanted. */
function policyOf(object: KubeObject): 'Background' | 'Foreground' | 'Orphan' {
  if (hasFinalizer(object, ORPHAN)) return 'Orphan';
  return hasFinalizer(object, FOREGROUND) ? 'Foreground' : 'Background';
}

/** It is being deleted in the foreground: it waits for its dependents. */
export const isDeletingDependents = (object: KubeObject): boolean =>
  object.metadata.deletionTimestamp !== undefined && hasFinalizer(object, FOREGROUND);

export const hasFinalizer = (object: KubeObject, finalizer: string): boolean =>
  object.metadata.finalizers?.includes(finalizer) === true;
