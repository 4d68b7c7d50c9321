/**
 * Deployment: carries out plan.ts, one step for each event of its ReplicaSets. What a create
 * comes back with is decided here, since only the server knows it: a ReplicaSet of that name that
 * is this Deployment's own is taken as made, any other name collision is stepped around.
 */
import { isStatusError } from '../../api/status-error.ts';
import { ignoreNotFound } from '../../client/ignore-not-found.ts';
import { parseKey } from '../../client/indexed-store.ts';
import { byControllerUid, orphansIn } from '../../client/indexes.ts';
import { compileLabelSelector, isEmptySelector } from '../../client/label-selector.ts';
import { isControlledBy } from '../../client/owner-reference.ts';
import { DEPLOYMENTS, PODS, REPLICA_SETS } from '../../client/resources.ts';
import type { WorkResult } from '../../client/work-queue.ts';
import type { Deployment, ReplicaSet } from '../../generated/apps-v1.ts';
import type { Pod } from '../../generated/core-v1.ts';
import type { Controller, ControllerContext, ControllerDefinition } from '../controller.ts';
import { DEPLOYMENT_KIND } from '../owner-kinds.ts';
import { applyClaims, planClaims } from '../pod-management/claim.ts';
import { isNamespaceTerminating } from '../pod-management/pod-control.ts';
import { createFailed, withCondition } from './conditions.ts';
import type { DeploymentAction } from './draft.ts';
import { hasTemplate, planDeployment } from './plan.ts';
import { isRollingUpdate } from './rolling.ts';
import { hasProgressDeadline } from './status.ts';
import { watchDeployments } from './watch.ts';

export const deploymentController: ControllerDefinition = { name: 'deployment', build };

function build(context: ControllerContext): Controller {
  const { client, clock } = context;
  const deployments = context.informer<Deployment>(DEPLOYMENTS);
  const replicaSets = context.informer<ReplicaSet>(REPLICA_SETS);
  const pods = context.informer<Pod>(PODS);
  const setsByController = replicaSets.index(...byControllerUid);
  const podsByController = pods.index(...byControllerUid);
  const recorder = context.recorder('deployment-controller');
  const deploymentClient = client.resource<Deployment>(DEPLOYMENTS);
  const setClient = client.resource<ReplicaSet>(REPLICA_SETS);

  watchDeployments({ deployments, replicaSets, pods }, context.enqueue);

  const writeStatus = async (deployment: Deployment) => {
    await deploymentClient.updateStatus(deployment);
  };

  /** False: it was there already, made by an earlier step that the cache does not show yet. */
  const create = async (deployment: Deployment, set: ReplicaSet): Promise<boolean> => {
    try {
      await setClient.create(set);
      return true;
    } catch (error) {
      if (isNamespaceTerminating(error)) throw error;
      if (isStatusError(error, 'AlreadyExists')) return takeOrStepAround(deployment, set, error);
      const why = error instanceof Error ? error.message : String(error);
      const condition = createFailed(set.metadata.name ?? '', why);
      recorder.event(deployment, 'Warning', condition.reason, condition.message);
      if (hasProgressDeadline(deployment)) {
        const conditions = withCondition(deployment.status?.conditions ?? [], condition, clock.now());
        await writeStatus({ ...deployment, status: { ...deployment.status, conditions: [...conditions] } });
      }
      throw error;
    }
  };

  const takeOrStepAround = async (deployment: Deployment, set: ReplicaSet, error: Error): Promise<false> => {
    const { namespace, name = '' } = set.metadata;
    const existing = await setClient.get({ namespace, name });
    if (isControlledBy(existing, deployment) && hasTemplate(existing, deployment.spec.template)) return false;
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    await writeStatus({ ...deployment, status: { ...deployment.status, collisionCount } });
    throw error;
  };

  /** False: the rest of the plan does not hold; the event that is on its way asks again. */
  const apply = async (deployment: Deployment, action: DeploymentAction): Promise<boolean> => {
    switch (action.type) {
      case 'create-replica-set':
        return create(deployment, action.replicaSet);
      case 'update-replica-set':
        await setClient.update(action.replicaSet);
        return true;
      case 'delete-replica-set': {
        const { namespace, name = '', uid } = action.replicaSet.metadata;
        await ignoreNotFound(setClient.delete({ namespace, name }, uid ? { preconditions: { uid } } : {}));
        return true;
      }
      case 'event':
        recorder.event(deployment, 'Normal', action.reason, action.message);
        return true;
      case 'write-status':
        await writeStatus(action.deployment);
        return true;
    }
  };

  const reconcile = async (key: string): Promise<WorkResult | void> => {
    const deployment = deployments.lister.getByKey(key);
    if (!deployment) return;
    if (isEmptySelector(deployment.spec.selector)) return refuseEmptySelector(deployment);
    const { namespace = '', uid = '' } = deployment.metadata;
    const candidates = [...setsByController.get(uid), ...setsByController.get(orphansIn(namespace))];
    const owned = await applyClaims(
      {
        owner: deployment,
        ownerKind: DEPLOYMENT_KIND,
        readOwner: () => deploymentClient.get(parseKey(key)),
        client: setClient,
      },
      planClaims(deployment, compileLabelSelector(deployment.spec.selector), candidates),
    );
    const plan = planDeployment({
      deployment,
      replicaSets: owned,
      pods: isRollingUpdate(deployment)
        ? []
        : owned.flatMap(set => podsByController.get(set.metadata.uid ?? '')),
      nowMs: clock.now(),
    });
    for (const action of plan.actions) if (!(await apply(deployment, action))) return;
    return { requeueAfterMs: plan.requeueAfterMs };
  };

  const refuseEmptySelector = async (deployment: Deployment): Promise<void> => {
    const why = 'This deployment is selecting all pods. A non-empty selector is required.';
    recorder.event(deployment, 'Warning', 'SelectingAll', why);
    const { generation } = deployment.metadata;
    if ((deployment.status?.observedGeneration ?? 0) >= (generation ?? 0)) return;
    await writeStatus({ ...deployment, status: { ...deployment.status, observedGeneration: generation } });
  };

  return { reconcile };
}
