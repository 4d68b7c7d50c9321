/** StatefulSet: pods with names that last, made and removed in order (plan.ts). */
import { objectKey } from '../../api/object.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import { parseKey } from '../../client/indexed-store.ts';
import { byControllerUid, orphansIn } from '../../client/indexes.ts';
import { compileLabelSelector } from '../../client/label-selector.ts';
import { CONTROLLER_REVISIONS, PODS, STATEFUL_SETS } from '../../client/resources.ts';
import type { WorkResult } from '../../client/work-queue.ts';
import type { ControllerRevision, StatefulSet } from '../../generated/apps-v1.ts';
import type { Pod } from '../../generated/core-v1.ts';
import type { Controller, ControllerContext, ControllerDefinition } from '../controller.ts';
import { applyRevision, deleteRevisions } from '../history/apply.ts';
import { planRevision, surplusRevisions, templateOf } from '../history/revisions.ts';
import { STATEFUL_SET_KIND } from '../owner-kinds.ts';
import { applyClaims, planClaims } from '../pod-management/claim.ts';
import { Expectations } from '../pod-management/expectations.ts';
import { followPods } from '../pod-management/follow-pods.ts';
import { availableInMs } from '../pod-management/pod-state.ts';
import { ordinalOf, revisionNameOf } from './identity.ts';
import { planStatefulSet, type SetRevision, type StatefulSnapshot, statefulStatus } from './plan.ts';
import { podWriter } from './write-pods.ts';

export const statefulSetController: ControllerDefinition = { name: 'statefulset', build };

const HASH_LABEL = 'controller.kubernetes.io/hash';

function build(context: ControllerContext): Controller {
  const { client, clock } = context;
  const statefulSets = context.informer<StatefulSet>(STATEFUL_SETS);
  const revisions = context.informer<ControllerRevision>(CONTROLLER_REVISIONS);
  const pods = context.informer<Pod>(PODS);
  const podsByController = pods.index(...byControllerUid);
  const revisionsByController = revisions.index(...byControllerUid);
  const expectations = new Expectations(clock);
  const writer = podWriter(client, context.recorder('statefulset-controller'), expectations);
  const podClient = client.resource<Pod>(PODS);

  const enqueue = (set: StatefulSet) => context.enqueue(objectKey(set));
  statefulSets.addHandlers({
    added: enqueue,
    updated: enqueue,
    deleted: set => expectations.forget(objectKey(set)),
  });
  followPods(pods, {
    kind: STATEFUL_SET_KIND.kind,
    expectations,
    enqueue: context.enqueue,
    orphan(pod) {
      for (const set of statefulSets.lister.list({ namespace: pod.metadata.namespace ?? '' })) {
        if (compileLabelSelector(set.spec.selector)(pod.metadata.labels)) enqueue(set);
      }
    },
  });

  const reconcile = async (key: string): Promise<WorkResult | void> => {
    const set = statefulSets.lister.getByKey(key);
    if (!set) return expectations.forget(key);
    if (!expectations.satisfied(key)) return;
    const { namespace = '', uid = '' } = set.metadata;
    const resource = client.resource<StatefulSet>(STATEFUL_SETS);
    const history = revisionsByController.get(uid);
    const result = await applyRevision(
      client,
      planRevision({
        owner: set,
        ownerKind: STATEFUL_SET_KIND,
        template: set.spec.template,
        revisions: history,
        collisionCount: set.status?.collisionCount ?? 0,
        hashLabel: HASH_LABEL,
      }),
    );
    if ('collision' in result) {
      const collisionCount = (set.status?.collisionCount ?? 0) + 1;
      await resource.updateStatus({
        ...set,
        status: { ...set.status, replicas: set.status?.replicas ?? 0, collisionCount },
      });
      return;
    }
    const update = asSetRevision(result.revision);
    const before = history.find(({ metadata }) => metadata.name === set.status?.currentRevision);
    const owned = await applyClaims(
      {
        owner: set,
        ownerKind: STATEFUL_SET_KIND,
        readOwner: () => resource.get(parseKey(key)),
        client: podClient,
      },
      planClaims(set, compileLabelSelector(set.spec.selector), [
        ...podsByController.get(uid),
        ...podsByController.get(orphansIn(namespace)).filter(pod => ordinalOf(set, pod) !== undefined),
      ]),
    );
    const snapshot: StatefulSnapshot = {
      statefulSet: set,
      pods: owned,
      current: before ? asSetRevision(before) : update,
      update,
      nowMs: clock.now(),
    };
    await carryOut(snapshot, history);
    return { requeueAfterMs: nextAvailableMs(snapshot) };
  };

  const carryOut = async (
    snapshot: StatefulSnapshot,
    history: readonly ControllerRevision[],
  ): Promise<void> => {
    const { statefulSet: set, pods: owned } = snapshot;
    const key = objectKey(set);
    const plan = planStatefulSet(snapshot);
    if (plan.create.length > 0 || plan.remove.length > 0) {
      const uids = plan.remove.map(pod => pod.metadata.uid ?? '');
      expectations.expect(key, plan.create.length, uids);
    }
    let left = plan.create.length;
    try {
      for (const pod of plan.create) {
        await writer.create(set, pod);
        left -= 1;
      }
    } finally {
      if (left > 0) expectations.created(key, left);
    }
    await Promise.all(plan.remove.map(pod => writer.remove(set, pod)));
    const status = statefulStatus(snapshot, plan);
    if (!deepEqual(status, set.status)) {
      await client.resource<StatefulSet>(STATEFUL_SETS).updateStatus({ ...set, status });
    }
    const inUse = new Set([snapshot.current.name, snapshot.update.name, ...owned.map(revisionNameOf)]);
    await deleteRevisions(client, surplusRevisions(history, inUse, set.spec.revisionHistoryLimit ?? 10));
  };

  return { reconcile };
}

const asSetRevision = (revision: ControllerRevision): SetRevision => ({
  name: revision.metadata.name ?? '',
  template: templateOf(revision),
});

function nextAvailableMs({ statefulSet, pods, nowMs }: StatefulSnapshot): number | undefined {
  const waits = pods
    .map(pod => availableInMs(pod, statefulSet.spec.minReadySeconds ?? 0, nowMs))
    .filter((wait): wait is number => wait !== undefined && wait > 0);
  return waits.length > 0 ? Math.min(...waits) : undefined;
}
