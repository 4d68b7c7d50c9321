/** The status of a Deployment, from its ReplicaSets. Pure. */
import type { Deployment, DeploymentStatus, ReplicaSet } from '../../generated/apps-v1.ts';
import {
  COMPLETE,
  type Conditions,
  complete,
  conditionOf,
  inProgress,
  minimumAvailability,
  replaceCondition,
  TIMED_OUT,
  timedOut,
  withCondition,
  withoutCondition,
} from './conditions.ts';
import { replicasOf, rolloutBounds, sumOf } from './rolling.ts';

/** "No limit" in fields that are optional only in older versions of the API. */
const NO_LIMIT = 2 ** 31 - 1;

export interface StatusInput {
  readonly deployment: Deployment;
  /** The status so far, with conditions set in this pass. */
  readonly status: DeploymentStatus;
  readonly newSet: ReplicaSet | undefined;
  readonly oldSets: readonly ReplicaSet[];
  readonly nowMs: number;
}

export function hasProgressDeadline(deployment: Deployment): boolean {
  const seconds = deployment.spec.progressDeadlineSeconds;
  return seconds !== undefined && seconds !== NO_LIMIT;
}

/** How many old sets are kept; undefined: all. */
export function historyLimit(deployment: Deployment): number | undefined {
  const limit = deployment.spec.revisionHistoryLimit;
  return limit === NO_LIMIT ? undefined : limit;
}

/** Counts and the Available condition. */
export function countedStatus(input: StatusInput): DeploymentStatus {
  const { deployment, status, newSet, oldSets, nowMs } = input;
  const sets = newSet ? [...oldSets, newSet] : oldSets;
  const available = sumOf(sets, set => set.status?.availableReplicas);
  const minimum = replicasOf(deployment) - rolloutBounds(deployment).maxUnavailable;
  const conditions = withCondition(status.conditions ?? [], minimumAvailability(available >= minimum), nowMs);
  // Unknown while one ReplicaSet has not said how many of its pods are on their way out.
  const known = sets.every(set => !set.status || set.status.terminatingReplicas !== undefined || isNew(set));
  return {
    observedGeneration: deployment.metadata.generation,
    ...nonZero(
      'replicas',
      sumOf(sets, set => set.status?.replicas),
    ),
    ...nonZero('updatedReplicas', newSet?.status?.replicas ?? 0),
    ...nonZero(
      'readyReplicas',
      sumOf(sets, set => set.status?.readyReplicas),
    ),
    ...nonZero('availableReplicas', available),
    ...nonZero('unavailableReplicas', Math.max(0, sumOf(sets, replicasOf) - available)),
    ...(known ? { terminatingReplicas: sumOf(sets, set => set.status?.terminatingReplicas) } : {}),
    ...(status.collisionCount === undefined ? {} : { collisionCount: status.collisionCount }),
    conditions: [...conditions],
  };
}

/** countedStatus, and what a rollout says of its progress. */
export function rolloutStatus(input: StatusInput): DeploymentStatus {
  const { deployment, newSet, oldSets, nowMs } = input;
  const next = countedStatus(input);
  let conditions: Conditions = next.conditions ?? [];
  if (hasProgressDeadline(deployment)) conditions = progressConditions(input, next, conditions);
  else conditions = withoutCondition(conditions, 'Progressing');

  const failure = [newSet, ...oldSets]
    .flatMap(set => set?.status?.conditions ?? [])
    .find(condition => condition.type === 'ReplicaFailure' && condition.status === 'True');
  conditions = failure
    ? withCondition(
        conditions,
        {
          type: 'ReplicaFailure',
          status: 'True',
          reason: failure.reason ?? '',
          message: failure.message ?? '',
        },
        nowMs,
      )
    : withoutCondition(conditions, 'ReplicaFailure');
  return { ...next, conditions: [...conditions] };
}

function progressConditions(input: StatusInput, next: DeploymentStatus, conditions: Conditions): Conditions {
  const { deployment, status, newSet, nowMs } = input;
  const current = conditionOf(conditions, 'Progressing');
  const settled = (next.replicas ?? 0) === (next.updatedReplicas ?? 0) && current?.reason === COMPLETE;
  if (settled) return conditions;
  const what = newSet ? `ReplicaSet "${newSet.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  if (isComplete(deployment, next)) return withCondition(conditions, complete(what), nowMs);
  if (madeProgress(status, next)) return replaceCondition(conditions, inProgress(what), nowMs);
  const leftMs = progressLeftMs(deployment, conditions, nowMs);
  if (leftMs !== undefined && leftMs < 0) return withCondition(conditions, timedOut(what), nowMs);
  return conditions;
}

/** Every wanted replica is of the new template and available, and no other is left. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const wanted = replicasOf(deployment);
  return (
    (status.updatedReplicas ?? 0) === wanted &&
    (status.replicas ?? 0) === wanted &&
    (status.availableReplicas ?? 0) === wanted &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

/**
 * Milliseconds until a rollout that does not move has failed; negative: it has. Undefined: there
 * is nothing to wait for (no deadline, complete, or failed already).
 */
export function progressLeftMs(
  deployment: Deployment,
  conditions: Conditions,
  nowMs: number,
): number | undefined {
  const current = conditionOf(conditions, 'Progressing');
  if (!hasProgressDeadline(deployment) || !current) return undefined;
  if (current.reason === COMPLETE || current.reason === TIMED_OUT) return undefined;
  const fromMs = Date.parse(current.lastUpdateTime ?? '') || 0;
  return fromMs + (deployment.spec.progressDeadlineSeconds ?? 0) * 1000 - nowMs;
}

function madeProgress(old: DeploymentStatus, next: DeploymentStatus): boolean {
  const outdated = (status: DeploymentStatus) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (next.updatedReplicas ?? 0) > (old.updatedReplicas ?? 0) ||
    outdated(next) < outdated(old) ||
    (next.readyReplicas ?? 0) > (old.readyReplicas ?? 0) ||
    (next.availableReplicas ?? 0) > (old.availableReplicas ?? 0)
  );
}

/** Made a moment ago: its controller has not looked at it, and it has no pods. */
const isNew = (set: ReplicaSet) => set.status?.observedGeneration === undefined;

const nonZero = (name: string, count: number) => (count === 0 ? {} : { [name]: count });
