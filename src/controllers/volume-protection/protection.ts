/**
 * What the three protection controllers share: an object carries a finalizer from its creation on
 * (admission StorageObjectInUseProtection), and one that is deleted goes when nothing uses it.
 *
 * An object made before there was a finalizer gets it here, as upstream does.
 */
import { type GroupVersionResource, type KubeObject, objectKey } from '../../api/object.ts';
import { ignoreNotFound } from '../../client/ignore-not-found.ts';
import type { Informer } from '../../client/informer.ts';
import type { ControllerContext, ControllerDefinition } from '../controller.ts';

export interface ProtectedKind<T extends KubeObject> {
  /** The controller's name. */
  readonly name: string;
  readonly resource: GroupVersionResource;
  readonly finalizer: string;
  /**
   * Called once. Sees to it that a key is enqueued when a use of it may have ended; returns whether an
   * object that is being deleted is still used.
   */
  readonly watchUses: (
    context: ControllerContext,
    informer: Informer<T>,
  ) => (object: T) => boolean | Promise<boolean>;
}

/** The finalizers the object should have instead; undefined: those it has are right. */
export function planFinalizers(
  { metadata }: KubeObject,
  finalizer: string,
  used: boolean,
): readonly string[] | undefined {
  const present = metadata.finalizers ?? [];
  const has = present.includes(finalizer);
  if (!metadata.deletionTimestamp) return has ? undefined : [...present, finalizer];
  return has && !used ? present.filter(f => f !== finalizer) : undefined;
}

/** A controller of one kind: whether an object is used is asked only while it is being deleted. */
export function protectionController<T extends KubeObject>(kind: ProtectedKind<T>): ControllerDefinition {
  const { name, resource, finalizer } = kind;
  return {
    name,
    build(context) {
      const informer = context.informer<T>(resource);
      const isUsed = kind.watchUses(context, informer);
      const enqueue = (object: T) => {
        if (planFinalizers(object, finalizer, false)) context.enqueue(objectKey(object));
      };
      informer.addHandlers({ added: enqueue, updated: enqueue });
      return {
        async reconcile(key) {
          const object = informer.lister.getByKey(key);
          if (!object) return;
          const used = object.metadata.deletionTimestamp !== undefined && (await isUsed(object));
          const finalizers = planFinalizers(object, finalizer, used);
          if (!finalizers) return;
          const metadata = { ...object.metadata, finalizers: [...finalizers] };
          await ignoreNotFound(context.client.resource<T>(resource).update({ ...object, metadata }));
        },
      };
    },
  };
}
