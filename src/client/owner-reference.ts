/** Owner references: who made an object, and who looks after it. */
import { apiVersionOf, type GroupVersionKind, type KubeObject } from '../api/object.ts';
import type { OwnerReference } from '../generated/meta-v1.ts';

/** The reference a controller puts on what it makes. */
export function controllerReference(owner: KubeObject, kind: GroupVersionKind): OwnerReference {
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    name: owner.metadata.name ?? '',
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** The owner that is the object's controller; there is one at most. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find(owner => owner.controller);
}

/** Whether `owner` is the object's controller, and not another of its name. */
export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}

/** The reference to that owner, controller or not. */
export function ownedBy(object: KubeObject, ownerUid: string): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find(owner => owner.uid === ownerUid);
}
