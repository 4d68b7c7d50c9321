/** PodDisruptionBudget: keeps its status true, from which evictions are granted. */
import { apiVersionOf, objectKey } from '../../api/object.ts';
import { deepEqual } from '../../base/deep-equal.ts';
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
import type { OwnerReference } from '../../generated/meta-v1.ts';
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../generated/policy-v1.ts';
import type { Controller, ControllerContext, ControllerDefinition } from '../controller.ts';
import {
  expectedScale,
  MissingOwnerError,
  needsScale,
  type ScaleFinder,
  unmanagedMessage,
} from './expected-scale.ts';
import { failedStatus, planDisruption } from './plan.ts';

/** What says how many pods there are to be. */
type Scaled = Deployment | ReplicaSet | ReplicationController | StatefulSet;

/** An owner that was not seen yet may come; a kind without a scale stays so. */
const SOON_MS = 1_000;
const RETRY_MS = 60_000;

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
  /** Keys of budgets for which an owner was missing when they were looked at last. */
  const missing = new Set<string>();

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

  const scaleOf: ScaleFinder = (controller, pod) => {
    const ref = { namespace: pod.metadata.namespace, name: controller.name };
    if (controller.kind === 'StatefulSet') {
      const set = statefulSets.lister.get(ref);
      return set && [controller.uid, set.spec.replicas ?? 1];
    }
    if (controller.kind === 'ReplicationController') {
      const found = replicationControllers.lister.get(ref);
      return found && [controller.uid, found.spec.replicas ?? 1];
    }
    if (controller.kind !== 'ReplicaSet') throw new Error(withoutScale(controller));
    const set = replicaSets.lister.get(ref);
    const owner = set && controllerOf(set);
    if (owner?.kind === 'Deployment') {
      const deployment = deployments.lister.get({ namespace: pod.metadata.namespace, name: owner.name });
      if (deployment) return [owner.uid, deployment.spec.replicas ?? 1];
    }
    return set && [controller.uid, set.spec.replicas ?? 1];
  };

  /** Kinds of CustomResourceDefinitions are not asked for theirs yet. */
  const withoutScale = ({ apiVersion, kind }: OwnerReference): string => {
    const found = context.kinds().find(other => other.kind === kind && apiVersionOf(other) === apiVersion);
    if (!found) return `no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`;
    return `${found.plural}.${found.group} does not implement the scale subresource`;
  };

  const write = (budget: PodDisruptionBudget, status: PodDisruptionBudgetStatus) =>
    client.resource<PodDisruptionBudget>(POD_DISRUPTION_BUDGETS).updateStatus({ ...budget, status });

  /** Where it cannot be known, when to ask again; the budget says why. */
  const scaleFor = async (
    budget: PodDisruptionBudget,
    selected: readonly Pod[],
  ): Promise<{ readonly scale: number } | { readonly askAfterMs: number }> => {
    if (!needsScale(budget)) return { scale: 0 };
    try {
      const { scale, hasUnmanaged } = expectedScale(selected, scaleOf);
      if (hasUnmanaged) recorder.event(budget, 'Warning', 'UnmanagedPods', unmanagedMessage(budget));
      missing.delete(objectKey(budget));
      return { scale };
    } catch (error) {
      // The informers may show a pod before its owner: once, that is no failure.
      if (error instanceof MissingOwnerError && !missing.has(objectKey(budget))) {
        missing.add(objectKey(budget));
        return { askAfterMs: SOON_MS };
      }
      const why = error instanceof Error ? error.message : String(error);
      const message = `Failed to calculate the number of expected pods: ${why}`;
      recorder.event(budget, 'Warning', 'CalculateExpectedPodCountFailed', message);
      const status = failedStatus(budget, why, clock.now());
      if (!deepEqual(status, budget.status)) await write(budget, status);
      return { askAfterMs: RETRY_MS };
    }
  };

  const reconcile = async (key: string): Promise<WorkResult | void> => {
    const budget = budgets.lister.getByKey(key);
    if (!budget) {
      missing.delete(key);
      return;
    }
    const selected = pods.lister.list({
      namespace: budget.metadata.namespace ?? '',
      matches: compileLabelSelector(budget.spec?.selector),
    });
    if (selected.length === 0) recorder.event(budget, 'Normal', 'NoPods', 'No matching pods found');
    const wanted = await scaleFor(budget, selected);
    if ('askAfterMs' in wanted) return { requeueAfterMs: wanted.askAfterMs };
    const { status, requeueAfterMs } = planDisruption({
      budget,
      pods: selected,
      expectedScale: wanted.scale,
      nowMs: clock.now(),
    });
    if (status) await write(budget, status);
    return { requeueAfterMs };
  };

  return { reconcile };
}
