/**
 * Garbage collector: deletes what belongs to nobody any more. Keys are uids.
 *
 * The graph is built from informers of every kind, so an owner that is in it exists or will be
 * reported gone. An owner that is not in it is asked for at the server before anything is
 * deleted for it: its event may still be on the way. Every write carries the resourceVersion the
 * decision was made from, so that nothing is deleted that has got a new owner meanwhile.
 */
import type { KubeObject } from '../../api/object.ts';
import { isStatusError } from '../../api/status-error.ts';
import { LruMap } from '../../base/lru-map.ts';
import { ownedBy } from '../../client/owner-reference.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../client/resources.ts';
import type { OwnerReference } from '../../generated/meta-v1.ts';
import type { Controller, ControllerContext, ControllerDefinition, ResourceKind } from '../controller.ts';
import { KindInformers, resourceOf } from '../kind-informers.ts';
import { type GraphNode, OwnerGraph, ownerUids, uidOf } from './graph.ts';
import {
  type GarbageAction,
  hasFinalizer,
  isDeletingDependents,
  ORPHAN,
  type OwnerState,
  planGarbage,
} from './plan.ts';

export const garbageCollector: ControllerDefinition = { name: 'garbage-collector', workers: 20, build };

/** The key under which new kinds are looked for. */
const REFRESH_KEY = 'kinds';
/** A definition is served a moment after it is told of. */
const REFRESH_AFTER_MS = 1_000;

function build(context: ControllerContext): Controller {
  const { client } = context;
  const graph = new OwnerGraph();
  /** Uids never come back: once absent, always absent. */
  const absent = new LruMap<string, true>(1_000);

  const enqueueWaitingOwners = (object: KubeObject) => {
    for (const uid of ownerUids(object)) {
      const owner = graph.get(uid)?.object;
      if (owner && isDeletingDependents(owner)) context.enqueue(uid);
    }
  };
  const isOurs = (object: KubeObject) =>
    object.metadata.deletionTimestamp !== undefined &&
    (hasFinalizer(object, ORPHAN) || isDeletingDependents(object));
  /** An owner that is not there, or is going: something may be to do about the object. */
  const needsLook = (object: KubeObject) =>
    ownerUids(object).some(uid => {
      const owner = graph.get(uid)?.object;
      return !owner || isDeletingDependents(owner);
    });

  const kinds = new KindInformers(context, (informer, kind) => {
    informer.addHandlers({
      added: object => {
        graph.set({ object, kind });
        if (isOurs(object) || needsLook(object)) context.enqueue(uidOf(object));
      },
      updated: (object, old) => {
        graph.set({ object, kind });
        if (isOurs(object)) context.enqueue(uidOf(object));
        if (object.metadata.ownerReferences === old.metadata.ownerReferences) return;
        if (needsLook(object)) context.enqueue(uidOf(object));
        enqueueWaitingOwners(old);
      },
      deleted: object => {
        const uid = uidOf(object);
        graph.delete(uid);
        absent.set(uid, true);
        for (const dependent of graph.dependentsOf(uid)) context.enqueue(uidOf(dependent.object));
        enqueueWaitingOwners(object);
      },
    });
  });

  const refresh = () => context.enqueueAfter(REFRESH_KEY, REFRESH_AFTER_MS);
  context.informer<KubeObject>(CUSTOM_RESOURCE_DEFINITIONS).addHandlers({ added: refresh, updated: refresh });

  const stateOf = async (node: GraphNode, reference: OwnerReference): Promise<OwnerState> => {
    const owner = graph.get(reference.uid);
    if (owner) {
      const blocked = ownedBy(node.object, reference.uid)?.blockOwnerDeletion === true;
      return blocked && isDeletingDependents(owner.object) ? 'waiting' : 'present';
    }
    if (absent.get(reference.uid)) return 'absent';
    if (await existsOnServer(node.object, reference)) return 'present';
    absent.set(reference.uid, true);
    return 'absent';
  };

  const existsOnServer = async (object: KubeObject, reference: OwnerReference): Promise<boolean> => {
    const kind = kindOf(context.kinds(), reference);
    // A kind nobody knows (a definition that was deleted, or is not there yet): hands off.
    if (!kind) return true;
    const namespace = kind.namespaced ? object.metadata.namespace : undefined;
    if (kind.namespaced && !namespace) return true;
    try {
      const found = await client.resource(resourceOf(kind)).get({ namespace, name: reference.name });
      return found.metadata.uid === reference.uid;
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return false;
      throw error;
    }
  };

  const apply = async (node: GraphNode, action: GarbageAction): Promise<void> => {
    const { object, kind } = node;
    const resource = client.resource(resourceOf(kind));
    const { resourceVersion = '', uid = '' } = object.metadata;
    switch (action.type) {
      case 'visit':
        return context.enqueue(action.uid);
      case 'delete':
        await resource.delete(refOf(object), {
          propagationPolicy: action.policy,
          preconditions: { uid, resourceVersion },
        });
        return;
      case 'remove-finalizer':
        return patch(node, { finalizers: listOrNone(without(object.metadata.finalizers, action.finalizer)) });
      case 'unblock': {
        const references = object.metadata.ownerReferences ?? [];
        return patch(node, {
          ownerReferences: references.map(reference => ({ ...reference, blockOwnerDeletion: false })),
        });
      }
      case 'release': {
        const target = graph.get(uidOf(action.object));
        const references = action.object.metadata.ownerReferences ?? [];
        const ownerReferences = references.filter(({ uid: owner }) => !action.ownerUids.includes(owner));
        if (target) await patch(target, { ownerReferences: listOrNone(ownerReferences) });
      }
    }
  };

  /** A merge patch: works for every kind, built-in or not. */
  const patch = async ({ object, kind }: GraphNode, metadata: object): Promise<void> => {
    const { uid, resourceVersion } = object.metadata;
    const body = { metadata: { ...metadata, uid, resourceVersion } };
    await client.resource(resourceOf(kind)).patch(refOf(object), { type: 'merge', body });
  };

  const reconcile = async (uid: string): Promise<void> => {
    if (uid === REFRESH_KEY) return kinds.refresh();
    const node = graph.get(uid);
    if (!node) return;
    const references = node.object.metadata.ownerReferences ?? [];
    const owners = await Promise.all(
      references.map(async reference => ({ reference, state: await stateOf(node, reference) })),
    );
    const dependents = graph.dependentsOf(uid).map(dependent => dependent.object);
    try {
      for (const action of planGarbage({ object: node.object, owners, dependents })) {
        await apply(node, action);
      }
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error;
    }
  };

  return { reconcile };
}

function kindOf(kinds: readonly ResourceKind[], reference: OwnerReference): ResourceKind | undefined {
  const slash = reference.apiVersion.indexOf('/');
  const group = slash < 0 ? '' : reference.apiVersion.slice(0, slash);
  // Any version of the group will do: they are forms of the same objects.
  return kinds.find(kind => kind.group === group && kind.kind === reference.kind);
}

const refOf = ({ metadata }: KubeObject) => ({ namespace: metadata.namespace, name: metadata.name ?? '' });

/** In a merge patch null takes a field away; an empty list would stay. */
const listOrNone = <T>(list: readonly T[]) => (list.length > 0 ? list : null);

const without = (list: readonly string[] | undefined, item: string) =>
  (list ?? []).filter(other => other !== item);
