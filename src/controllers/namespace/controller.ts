/**
 * Namespace deletion: when a namespace is being deleted, deletes everything in it, whatever kinds
 * the cluster knows, and takes the namespace's own finalizer off when the server lists nothing
 * any more. Woken by each object that goes; nothing is polled while it waits.
 */
import type { KubeObject } from '../../api/object.ts';
import { isStatusError } from '../../api/status-error.ts';
import { ignoreNotFound } from '../../client/ignore-not-found.ts';
import { NAMESPACES } from '../../client/resources.ts';
import type { WorkResult } from '../../client/work-queue.ts';
import type { Namespace } from '../../generated/core-v1.ts';
import type { Controller, ControllerContext, ControllerDefinition, ResourceKind } from '../controller.ts';
import { isCollectable, KindInformers, resourceOf } from '../kind-informers.ts';
import { namespaceStatus, planEmptying, type Remaining } from './plan.ts';

export const namespaceController: ControllerDefinition = { name: 'namespace', build };

const FINALIZER = 'kubernetes';
/** For kinds that appeared since the start, whose deletions nobody tells of. */
const LOOK_AGAIN_MS = 5_000;

function build(context: ControllerContext): Controller {
  const { client, clock } = context;
  const namespaces = context.informer<Namespace>(NAMESPACES);
  const namespaceClient = client.resource<Namespace>(NAMESPACES);

  const enqueueTerminating = (name: string) => {
    if (namespaces.lister.get({ name })?.metadata.deletionTimestamp) context.enqueue(name);
  };
  namespaces.addHandlers({
    added: namespace => enqueueTerminating(namespace.metadata.name ?? ''),
    updated: namespace => enqueueTerminating(namespace.metadata.name ?? ''),
  });
  const kinds = new KindInformers(context, (informer, kind) => {
    if (!kind.namespaced) return;
    informer.addHandlers({ deleted: object => enqueueTerminating(object.metadata.namespace ?? '') });
  });

  const reconcile = async (name: string): Promise<WorkResult | void> => {
    const namespace = namespaces.lister.get({ name });
    if (!namespace?.metadata.deletionTimestamp) return;
    if (!namespace.spec.finalizers?.includes(FINALIZER)) return;
    kinds.refresh();
    const deletable = context.kinds().filter(kind => kind.namespaced && isEmptied(kind));
    const plan = planEmptying(await Promise.all(deletable.map(kind => whatRemains(kind, name))));
    const failures = (await Promise.all(plan.remove.map(kind => removeAll(kind, name)))).flat();
    const remaining = await Promise.all(deletable.map(kind => whatRemains(kind, name)));
    const next = namespaceStatus(namespace, remaining, failures, clock.now());
    const current = next ? await namespaceClient.updateStatus(next) : namespace;
    if (failures.length > 0) throw new Error(failures.join(', '));
    const after = planEmptying(remaining);
    if (after.empty) return finalize(current);
    // Pods have gone at once: the rest can follow without waiting for an event.
    return { requeueAfterMs: after.remove.length > 0 ? 0 : LOOK_AGAIN_MS };
  };

  const whatRemains = async (kind: ResourceKind, namespace: string): Promise<Remaining> => {
    const { items } = await client.resource<KubeObject>(resourceOf(kind)).list({ namespace });
    const finalizers = new Map<string, number>();
    for (const finalizer of items.flatMap(item => item.metadata.finalizers ?? [])) {
      finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
    }
    const untouched = items.filter(item => !item.metadata.deletionTimestamp).length;
    return { kind, count: items.length, untouched, finalizers };
  };

  /** Gives what went wrong. */
  const removeAll = async (kind: ResourceKind, namespace: string): Promise<string[]> => {
    const resource = client.resource<KubeObject>(resourceOf(kind));
    try {
      if (kind.verbs === undefined || kind.verbs.includes('deletecollection')) {
        await resource.deleteCollection({ namespace, propagationPolicy: 'Background' });
      } else {
        for (const item of (await resource.list({ namespace })).items) {
          await resource.delete({ namespace, name: item.metadata.name ?? '' });
        }
      }
      return [];
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return [];
      return [error instanceof Error ? error.message : String(error)];
    }
  };

  const finalize = async (namespace: Namespace): Promise<void> => {
    const finalizers = (namespace.spec.finalizers ?? []).filter(finalizer => finalizer !== FINALIZER);
    const next = { ...namespace, spec: { ...namespace.spec, finalizers } };
    await ignoreNotFound(
      namespaceClient.createSubresource({ name: next.metadata.name ?? '' }, 'finalize', next),
    );
  };

  return { reconcile };
}

/** Events too, which the garbage collector leaves alone. */
function isEmptied(kind: ResourceKind): boolean {
  return isCollectable(kind) || (kind.plural === 'events' && kind.group === '');
}
