/**
 * ReplicaSet and, in the older form, ReplicationController: keeps the wanted number of pods alive.
 * Guarantees: pods it made and does not see yet are counted (expectations.ts), so none is made twice;
 * a pod is adopted only after the server says that the ReplicaSet still lives.
 */
import type { GroupVersionKind, GroupVersionResource, KubeObject } from '../../api/object.ts';
import { objectKey } from '../../api/object.ts';
import { parseKey } from '../../client/indexed-store.ts';
import { byControllerUid, orphansIn } from '../../client/indexes.ts';
import { compileLabelSelector } from '../../client/label-selector.ts';
import { controllerOf } from '../../client/owner-reference.ts';
import { PODS, REPLICA_SETS } from '../../client/resources.ts';
import type { WorkResult } from '../../client/work-queue.ts';
import type { ReplicaSet, ReplicaSetStatus } from '../../generated/apps-v1.ts';
import type { Pod } from '../../generated/core-v1.ts';
import { batchDelayMs } from '../batching.ts';
import type { Controller, ControllerContext, ControllerDefinition } from '../controller.ts';
import { REPLICA_SET_KIND } from '../owner-kinds.ts';
import { applyClaims, planClaims } from '../pod-management/claim.ts';
import { Expectations } from '../pod-management/expectations.ts';
import { deleteExpected } from '../pod-management/expected-writes.ts';
import { followPods } from '../pod-management/follow-pods.ts';
import { isNamespaceTerminating, PodControl, podFromTemplate } from '../pod-management/pod-control.ts';
import { isActive, isFinished, isTerminating } from '../pod-management/pod-state.ts';
import { slowStart } from '../pod-management/slow-start.ts';
import {
  nextAvailabilityMs,
  nextReplicaSetStatus,
  planReplicas,
  type ReplicaFailure,
  type ReplicaPlan,
} from './plan.ts';

/** What the two kinds differ in. */
export interface ReplicaKind<T extends KubeObject> {
  readonly resource: GroupVersionResource;
  readonly kind: GroupVersionKind;
  /** In whose name events are told. */
  readonly component: string;
  /** The object as a ReplicaSet says it. */
  readonly asReplicaSet: (object: T) => ReplicaSet;
  /** Whether its status counts pods that are ending. */
  readonly countsTerminating: boolean;
}

export const replicaSetController: ControllerDefinition = {
  name: 'replicaset',
  build: context =>
    replicaController<ReplicaSet>(context, {
      resource: REPLICA_SETS,
      kind: REPLICA_SET_KIND,
      component: 'replicaset-controller',
      asReplicaSet: set => set,
      countsTerminating: true,
    }),
};

export function replicaController<T extends KubeObject & { status?: ReplicaSetStatus | undefined }>(
  context: ControllerContext,
  { resource, kind, component, asReplicaSet, countsTerminating }: ReplicaKind<T>,
): Controller {
  const { client, clock } = context;
  const sets = context.informer<T>(resource);
  const pods = context.informer<Pod>(PODS);
  const podsByController = pods.index(...byControllerUid);
  const setsByController = sets.index(...byControllerUid);
  const control = new PodControl(client, context.recorder(component));
  const expectations = new Expectations(clock);

  sets.addHandlers({
    added: set => context.enqueue(objectKey(set)),
    updated: set => context.enqueue(objectKey(set)),
    deleted: set => {
      expectations.forget(objectKey(set));
      context.enqueue(objectKey(set));
    },
  });
  followPods(pods, {
    kind: kind.kind,
    expectations,
    enqueue: (key, pod) =>
      context.enqueueAfter(key, batchDelayMs(podsByController.count(controllerOf(pod)?.uid ?? ''))),
    orphan(pod) {
      for (const set of sets.lister.list({ namespace: pod.metadata.namespace ?? '' })) {
        if (compileLabelSelector(asReplicaSet(set).spec.selector)(pod.metadata.labels))
          context.enqueue(objectKey(set));
      }
    },
  });

  const carryOut = async (set: ReplicaSet, plan: ReplicaPlan): Promise<ReplicaFailure | undefined> => {
    const key = objectKey(set);
    if (plan.create > 0) {
      expectations.expect(key, plan.create, []);
      const template = podFromTemplate(set.spec.template ?? {}, set, kind);
      const result = await slowStart(plan.create, async () => {
        await control.create(template, set);
      });
      expectations.created(key, plan.create - result.succeeded);
      return failure('FailedCreate', result.firstError);
    }
    if (plan.remove.length === 0) return undefined;
    expectations.expect(
      key,
      0,
      plan.remove.map(pod => pod.metadata.uid ?? ''),
    );
    const writes = { owner: set, control, expectations };
    const results = await Promise.allSettled(plan.remove.map(pod => deleteExpected(writes, pod)));
    return failure('FailedDelete', results.find(result => result.status === 'rejected')?.reason);
  };

  const relatedPods = (set: KubeObject): readonly Pod[] => {
    const owner = controllerOf(set);
    const family: readonly KubeObject[] = owner ? setsByController.get(owner.uid) : [set];
    return family.flatMap(member => podsByController.get(member.metadata.uid ?? ''));
  };

  const reconcile = async (key: string): Promise<WorkResult | void> => {
    const object = sets.lister.getByKey(key);
    if (!object) return expectations.forget(key);
    const set = asReplicaSet(object);
    const mayAct = expectations.satisfied(key);
    const { namespace = '', uid = '' } = set.metadata;
    const matches = compileLabelSelector(set.spec.selector);
    const candidates = [...podsByController.get(uid), ...podsByController.get(orphansIn(namespace))];
    const claims = planClaims(
      set,
      matches,
      candidates.filter(pod => !isFinished(pod)),
    );
    const owned = await applyClaims(
      {
        owner: set,
        ownerKind: kind,
        readOwner: () => client.resource<T>(resource).get(parseKey(key)),
        client: client.resource<Pod>(PODS),
      },
      claims,
    );
    const active = owned.filter(isActive);
    const terminating = owned.filter(isTerminating);
    const plan = mayAct
      ? planReplicas({ replicaSet: set, active, related: relatedPods(set), nowMs: clock.now() })
      : undefined;
    const failed = plan ? await carryOut(set, plan) : undefined;

    const input = {
      replicaSet: set,
      active,
      terminating: countsTerminating ? terminating : undefined,
      failure: failed,
      nowMs: clock.now(),
    };
    const status = nextReplicaSetStatus(input);
    if (status) await client.resource<T>(resource).updateStatus({ ...object, status });
    if (failed) throw new Error(failed.message);
    return { requeueAfterMs: nextAvailabilityMs(input) };
  };

  return { reconcile };
}

function failure(reason: ReplicaFailure['reason'], error: unknown): ReplicaFailure | undefined {
  if (error === undefined || isNamespaceTerminating(error)) return undefined;
  return { reason, message: error instanceof Error ? error.message : String(error) };
}
