/**
 * What a ReplicaSet needs: how many pods to make, which to delete, and what its status says.
 * Pure; controller.ts carries it out.
 */
import { rfc3339 } from '../../base/clock.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import type { ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from '../../generated/apps-v1.ts';
import type { Pod } from '../../generated/core-v1.ts';
import { availableInMs, isAvailable, isReady } from '../pod-management/pod-state.ts';
import { podsToDelete } from '../pod-management/scale-down-order.ts';

/** At most so many pods are made or deleted at a time. */
const BURST_REPLICAS = 500;

export interface ReplicaPlan {
  readonly create: number;
  readonly remove: readonly Pod[];
}

export interface ReplicaSnapshot {
  readonly replicaSet: ReplicaSet;
  /** Owned pods that are active. */
  readonly active: readonly Pod[];
  /** Pods of every ReplicaSet with the same owner, this one's included. */
  readonly related: readonly Pod[];
  readonly nowMs: number;
}

export function planReplicas(snapshot: ReplicaSnapshot): ReplicaPlan {
  const { replicaSet, active, related, nowMs } = snapshot;
  if (replicaSet.metadata.deletionTimestamp !== undefined) return { create: 0, remove: [] };
  const surplus = active.length - (replicaSet.spec.replicas ?? 1);
  if (surplus <= 0) return { create: Math.min(-surplus, BURST_REPLICAS), remove: [] };
  return { create: 0, remove: podsToDelete(active, related, Math.min(surplus, BURST_REPLICAS), nowMs) };
}

export interface ReplicaFailure {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  readonly message: string;
}

export interface StatusInput {
  readonly replicaSet: ReplicaSet;
  readonly active: readonly Pod[];
  /** Undefined: the kind does not count them. */
  readonly terminating: readonly Pod[] | undefined;
  /** What went wrong when the plan was carried out. */
  readonly failure: ReplicaFailure | undefined;
  readonly nowMs: number;
}

/** The status to write; undefined when the one that is there says the same. */
export function nextReplicaSetStatus(input: StatusInput): ReplicaSetStatus | undefined {
  const { replicaSet, active, terminating, failure, nowMs } = input;
  const minReadySeconds = replicaSet.spec.minReadySeconds ?? 0;
  const templateLabels = Object.entries(replicaSet.spec.template?.metadata?.labels ?? {});
  const labelled = active.filter(pod =>
    templateLabels.every(([key, value]) => pod.metadata.labels?.[key] === value),
  );
  const old = replicaSet.status;
  const status: ReplicaSetStatus = {
    replicas: active.length,
    ...nonZero({
      fullyLabeledReplicas: labelled.length,
      readyReplicas: active.filter(isReady).length,
      availableReplicas: active.filter(pod => isAvailable(pod, minReadySeconds, nowMs)).length,
    }),
    ...(terminating ? { terminatingReplicas: terminating.length } : {}),
    observedGeneration: replicaSet.metadata.generation,
    ...withConditions(nextConditions(old?.conditions ?? [], failure, nowMs)),
  };
  return deepEqual(old, status) ? undefined : status;
}

/** When the next pod that is ready will count as available; undefined: no pod is on its way. */
export function nextAvailabilityMs(input: StatusInput): number | undefined {
  const minReadySeconds = input.replicaSet.spec.minReadySeconds ?? 0;
  const waits = input.active
    .map(pod => availableInMs(pod, minReadySeconds, input.nowMs))
    .filter(wait => wait !== undefined && wait > 0) as number[];
  return waits.length > 0 ? Math.min(...waits) : undefined;
}

function nextConditions(
  conditions: readonly ReplicaSetCondition[],
  failure: ReplicaFailure | undefined,
  nowMs: number,
): readonly ReplicaSetCondition[] {
  const others = conditions.filter(condition => condition.type !== 'ReplicaFailure');
  if (!failure) return others;
  const known = conditions.find(condition => condition.type === 'ReplicaFailure');
  if (known) return conditions;
  return [
    ...others,
    { type: 'ReplicaFailure', status: 'True', lastTransitionTime: rfc3339(nowMs), ...failure },
  ];
}

/** Counts are left out when they are 0, as Go's omitempty does. */
function nonZero<T extends Record<string, number>>(counts: T): Partial<T> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)) as Partial<T>;
}

const withConditions = (conditions: readonly ReplicaSetCondition[]) =>
  conditions.length > 0 ? { conditions: [...conditions] } : {};
