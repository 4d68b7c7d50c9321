/** DaemonSet: one pod on every node that fits. The scheduler binds them, held by node affinity. */
import { objectKey } from '../../api/object.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import { parseKey } from '../../client/indexed-store.ts';
import { byControllerUid, orphansIn } from '../../client/indexes.ts';
import { compileLabelSelector } from '../../client/label-selector.ts';
import { CONTROLLER_REVISIONS, DAEMON_SETS, NODES, PODS } from '../../client/resources.ts';
import type { WorkResult } from '../../client/work-queue.ts';
import type { ControllerRevision, DaemonSet } from '../../generated/apps-v1.ts';
import type { Node, Pod } from '../../generated/core-v1.ts';
import type { Controller, ControllerContext, ControllerDefinition } from '../controller.ts';
import { applyRevision, deleteRevisions } from '../history/apply.ts';
import { planRevision, surplusRevisions } from '../history/revisions.ts';
import { DAEMON_SET_KIND } from '../owner-kinds.ts';
import { applyClaims, planClaims } from '../pod-management/claim.ts';
import { Expectations } from '../pod-management/expectations.ts';
import { createExpected, deleteExpected } from '../pod-management/expected-writes.ts';
import { followPods } from '../pod-management/follow-pods.ts';
import { PodControl, podFromTemplate } from '../pod-management/pod-control.ts';
import { FailedPods } from './failed-pods.ts';
import {
  type DaemonPlan,
  daemonStatus,
  daemonTemplate,
  nextAvailableMs,
  planDaemons,
  REVISION_LABEL,
} from './plan.ts';

export const daemonSetController: ControllerDefinition = { name: 'daemonset', build };

function build(context: ControllerContext): Controller {
  const { client, clock } = context;
  const daemonSets = context.informer<DaemonSet>(DAEMON_SETS);
  const revisions = context.informer<ControllerRevision>(CONTROLLER_REVISIONS);
  const pods = context.informer<Pod>(PODS);
  const nodes = context.informer<Node>(NODES);
  const podsByController = pods.index(...byControllerUid);
  const revisionsByController = revisions.index(...byControllerUid);
  const recorder = context.recorder('daemonset-controller');
  const control = new PodControl(client, recorder);
  const expectations = new Expectations(clock);
  const failedPods = new FailedPods();

  const enqueue = (set: DaemonSet) => context.enqueue(objectKey(set));
  daemonSets.addHandlers({
    added: enqueue,
    updated: enqueue,
    deleted(set) {
      expectations.forget(objectKey(set));
      failedPods.forget(`${set.metadata.uid}/`);
    },
  });
  followPods(pods, {
    kind: DAEMON_SET_KIND.kind,
    expectations,
    enqueue: context.enqueue,
    orphan(pod) {
      for (const set of daemonSets.lister.list({ namespace: pod.metadata.namespace ?? '' })) {
        if (compileLabelSelector(set.spec.selector)(pod.metadata.labels)) enqueue(set);
      }
    },
  });
  const enqueueAll = () => {
    for (const set of daemonSets.lister.list()) enqueue(set);
  };
  nodes.addHandlers({
    added: enqueueAll,
    updated: (node, old) => {
      const labelled = deepEqual(node.metadata.labels, old.metadata.labels);
      if (!labelled || !deepEqual(node.spec, old.spec)) enqueueAll();
    },
    deleted: enqueueAll,
  });

  const carryOut = async (set: DaemonSet, hash: string, plan: DaemonPlan): Promise<void> => {
    if (plan.create.length === 0 && plan.remove.length === 0) return;
    const uids = plan.remove.map(pod => pod.metadata.uid ?? '');
    expectations.expect(objectKey(set), plan.create.length, uids);
    for (const pod of plan.finished) {
      const phase = pod.status?.phase;
      if (phase === 'Failed') failedPods.deleted(failedKey(set, pod.spec.nodeName), clock.now());
      const message = `Found ${phase?.toLowerCase()} daemon pod ${objectKey(pod)} on node ${pod.spec.nodeName}, will try to ${phase === 'Failed' ? 'kill' : 'delete'} it`;
      recorder.event(set, phase === 'Failed' ? 'Warning' : 'Normal', `${phase}DaemonPod`, message);
    }
    const writes = { owner: set, control, expectations };
    const underWay = [
      ...plan.create.map(node =>
        createExpected(writes, podFromTemplate(daemonTemplate(set, hash, node), set, DAEMON_SET_KIND)),
      ),
      ...plan.remove.map(pod => deleteExpected(writes, pod)),
    ];
    const failed = (await Promise.allSettled(underWay)).find(result => result.status === 'rejected');
    if (failed) throw failed.reason;
  };

  const reconcile = async (key: string): Promise<WorkResult | void> => {
    const set = daemonSets.lister.getByKey(key);
    if (!set) return expectations.forget(key);
    const mayAct = expectations.satisfied(key);
    const { namespace = '', uid = '' } = set.metadata;
    const history = revisionsByController.get(uid);
    const collisionCount = set.status?.collisionCount ?? 0;
    const resource = client.resource<DaemonSet>(DAEMON_SETS);
    const revision = await applyRevision(
      client,
      planRevision({
        owner: set,
        ownerKind: DAEMON_SET_KIND,
        template: set.spec.template,
        revisions: history,
        collisionCount,
        hashLabel: REVISION_LABEL,
      }),
    );
    if ('collision' in revision) {
      const status = { ...daemonStatus(snapshotOf(set, [], ''), collisionCount + 1) };
      await resource.updateStatus({ ...set, status });
      return;
    }
    const hash = revision.revision.metadata.labels?.[REVISION_LABEL] ?? '';
    const owned = await applyClaims(
      {
        owner: set,
        ownerKind: DAEMON_SET_KIND,
        readOwner: () => resource.get(parseKey(key)),
        client: client.resource<Pod>(PODS),
      },
      planClaims(set, compileLabelSelector(set.spec.selector), [
        ...podsByController.get(uid),
        ...podsByController.get(orphansIn(namespace)),
      ]),
    );
    const snapshot = snapshotOf(set, owned, hash);
    const status = daemonStatus(snapshot, collisionCount);
    if (!deepEqual(status, set.status)) await resource.updateStatus({ ...set, status });
    const failedWaits = waitsOf(set, owned);
    if (mayAct) await carryOut(set, hash, planDaemons({ ...snapshot, waiting: new Set(failedWaits.keys()) }));
    const inUse = new Set([
      revision.revision.metadata.name ?? '',
      ...owned.map(pod => `${set.metadata.name}-${pod.metadata.labels?.[REVISION_LABEL]}`),
    ]);
    await deleteRevisions(client, surplusRevisions(history, inUse, set.spec.revisionHistoryLimit ?? 10));
    const waits = [nextAvailableMs(snapshot), ...failedWaits.values()].filter(ms => ms !== undefined);
    return { requeueAfterMs: waits.length > 0 ? Math.min(...waits) : undefined };
  };

  /** How long each node whose pod has failed waits. */
  const waitsOf = (set: DaemonSet, owned: readonly Pod[]): ReadonlyMap<string, number> => {
    const waits = new Map<string, number>();
    for (const { spec, status } of owned) {
      if (status?.phase !== 'Failed') continue;
      const wait = failedPods.waitMs(failedKey(set, spec.nodeName), clock.now());
      if (wait > 0) waits.set(spec.nodeName ?? '', wait);
    }
    return waits;
  };

  const snapshotOf = (daemonSet: DaemonSet, owned: readonly Pod[], hash: string) => ({
    daemonSet,
    nodes: nodes.lister.list(),
    pods: owned,
    hash,
    nowMs: clock.now(),
  });

  return { reconcile };
}

const failedKey = ({ metadata, status }: DaemonSet, node = '') =>
  `${metadata.uid}/${status?.observedGeneration ?? 0}/${node}`;
