/** PodDisruptionBudget: keeps its status true, from which evictions are granted. */
import { objectKey } from '../../api/object.ts';
import { compileLabelSelector } from '../../client/label-selector.ts';
import { controllerOf } from '../../client/owner-reference.ts';
import {
  DEPLOYMENTS,
  POD_DISRUPTION_BUDGETS,
  PODS,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  STATEFUL_SETS,
} from '../../client/resources.ts';
import type { WorkResult } from '../../client/work-queue.ts';
import type { Deployment, ReplicaSet, StatefulSet } from '../../generated/apps-v1.ts';
import type { Pod, ReplicationController } from '../../generated/core-v1.ts';
import type { PodDisruptionBudget } from '../../generated/policy-v1.ts';
import type { Controller, ControllerContext, ControllerDefinition } from '../controller.ts';
import { isFinished } from '../pod-management/pod-state.ts';
import { planDisruption } from './plan.ts';

/** What says how many pods there are to be. */
type Scaled = Deployment | ReplicaSet | ReplicationController | StatefulSet;

export const disruptionController: ControllerDefinition = { name: 'disruption', workers: 1, build };

function build(context: ControllerContext): Controller {
  const { client, clock } = context;
  const budgets = context.informer<PodDisruptionBudget>(POD_DISRUPTION_BUDGETS);
  const pods = context.informer<Pod>(PODS);
  const replicaSets = context.informer<ReplicaSet>(REPLICA_SETS);
  const deployments = context.informer<Deployment>(DEPLOYMENTS);
  const statefulSets = context.informer<StatefulSet>(STATEFUL_SETS);
  const replicationControllers = context.informer<ReplicationController>(REPLICATION_CONTROLLERS);
  const recorder = context.recorder('controllermanager');

  budgets.addHandlers({
    added: budget => context.enqueue(objectKey(budget)),
    updated: budget => context.enqueue(objectKey(budget)),
  });
  const enqueueBudgets = (pod: Pod) => {
    for (const budget of budgets.lister.list({ namespace: pod.metadata.namespace ?? '' })) {
      if (compileLabelSelector(budget.spec?.selector)(pod.metadata.labels))
        context.enqueue(objectKey(budget));
    }
  };
  pods.addHandlers({
    added: enqueueBudgets,
    updated: (pod, old) => {
      enqueueBudgets(pod);
      if (pod.metadata.labels !== old.metadata.labels) enqueueBudgets(old);
    },
    deleted: enqueueBudgets,
  });
  /** A new size changes what a percentage means. */
  const enqueueNamespace = (object: Scaled) => {
    for (const budget of budgets.lister.list({ namespace: object.metadata.namespace ?? '' })) {
      context.enqueue(objectKey(budget));
    }
  };
  const resized = (next: Scaled, old: Scaled) => {
    if (next.spec.replicas !== old.spec.replicas) enqueueNamespace(next);
  };
  deployments.addHandlers({ updated: resized });
  replicaSets.addHandlers({ updated: resized });
  replicationControllers.addHandlers({ updated: resized });
  statefulSets.addHandlers({ updated: resized });

  /** The owner that decides how many pods there are, and its number. */
  const scaleOf = (pod: Pod): readonly [uid: string, replicas: number] | undefined => {
    const controller = controllerOf(pod);
    if (!controller) return undefined;
    const ref = { namespace: pod.metadata.namespace, name: controller.name };
    if (controller.kind === 'StatefulSet') {
      const set = statefulSets.lister.get(ref);
      return set && [controller.uid, set.spec.replicas ?? 1];
    }
    if (controller.kind === 'ReplicationController') {
      const found = replicationControllers.lister.get(ref);
      return found && [controller.uid, found.spec.replicas ?? 1];
    }
    if (controller.kind !== 'ReplicaSet') return undefined;
    const set = replicaSets.lister.get(ref);
    const owner = set && controllerOf(set);
    if (owner?.kind === 'Deployment') {
      const deployment = deployments.lister.get({ namespace: pod.metadata.namespace, name: owner.name });
      if (deployment) return [owner.uid, deployment.spec.replicas ?? 1];
    }
    return set && [controller.uid, set.spec.replicas ?? 1];
  };

  const reconcile = async (key: string): Promise<WorkResult | void> => {
    const budget = budgets.lister.getByKey(key);
    if (!budget) return;
    const selected = pods.lister
      .list({
        namespace: budget.metadata.namespace ?? '',
        matches: compileLabelSelector(budget.spec?.selector),
      })
      .filter(pod => !isFinished(pod));
    if (selected.length === 0) recorder.event(budget, 'Normal', 'NoPods', 'No matching pods found');
    const scales = new Map(selected.flatMap(pod => [scaleOf(pod)].filter(scale => scale !== undefined)));
    const expectedScale = [...scales.values()].reduce((sum, replicas) => sum + replicas, 0);
    const { status, requeueAfterMs } = planDisruption({
      budget,
      pods: selected,
      expectedScale,
      nowMs: clock.now(),
    });
    if (status) {
      await client.resource<PodDisruptionBudget>(POD_DISRUPTION_BUDGETS).updateStatus({ ...budget, status });
    }
    return { requeueAfterMs };
  };

  return { reconcile };
}
