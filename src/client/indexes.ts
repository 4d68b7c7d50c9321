/** The indexes several components use, with the names they share: `pods.index(...byNode)`. */
import type { KubeObject } from '../api/object.ts';
import type { Pod } from '../generated/core-v1.ts';
import type { IndexFunction } from './indexed-store.ts';

type NamedIndex<T> = readonly [name: string, values: IndexFunction<T>];

/** Pods by spec.nodeName; a pod that is not bound is under ''. */
export const byNode: NamedIndex<Pod> = ['node', pod => [pod.spec?.nodeName ?? '']];

/** Objects by the uid of the owner that is their controller; one without is under `ns:<namespace>`. */
export const byControllerUid: NamedIndex<KubeObject> = [
  'controllerUid',
  object => {
    const controller = object.metadata.ownerReferences?.find(owner => owner.controller);
    return [controller ? controller.uid : orphansIn(object.metadata.namespace ?? '')];
  },
];

/** The value under which byControllerUid keeps a namespace's objects that nothing controls. */
export const orphansIn = (namespace: string): string => `ns:${namespace}`;
