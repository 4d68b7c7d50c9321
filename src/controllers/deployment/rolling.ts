/**
 * The arithmetic of rolling updates (API reference, RollingUpdateDeployment): how many pods there
 * may be at most and must be available at least, and how replicas are shared between the
 * ReplicaSets of a rollout that is scaled while it is under way.
 */
import type { Deployment, ReplicaSet } from '../../generated/apps-v1.ts';
import { byCreation } from '../by-creation.ts';
import { scaledValue } from '../int-or-percent.ts';
import { desiredReplicasOf, maxReplicasOf } from './annotations.ts';

export const replicasOf = (object: Deployment | ReplicaSet): number => object.spec.replicas ?? 1;

export const isRollingUpdate = (deployment: Deployment): boolean =>
  (deployment.spec.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate';

export interface RolloutBounds {
  /** Pods above the wanted number. */
  readonly maxSurge: number;
  /** Pods below the wanted number. */
  readonly maxUnavailable: number;
}

/** Surge rounds up, unavailable down; when both are 0, one pod may be unavailable. */
export function rolloutBounds(deployment: Deployment): RolloutBounds {
  if (!isRollingUpdate(deployment)) return { maxSurge: 0, maxUnavailable: 0 };
  const replicas = replicasOf(deployment);
  const { maxSurge = '25%', maxUnavailable = '25%' } = deployment.spec.strategy?.rollingUpdate ?? {};
  const surge = scaledValue(maxSurge, replicas, 'up');
  let unavailable = scaledValue(maxUnavailable, replicas, 'down');
  if (surge === 0 && unavailable === 0) unavailable = 1;
  return { maxSurge: surge, maxUnavailable: Math.min(unavailable, replicas) };
}

export const sumOf = (sets: readonly ReplicaSet[], count: (set: ReplicaSet) => number | undefined): number =>
  sets.reduce((sum, set) => sum + (count(set) ?? 0), 0);

/** How far the new ReplicaSet may grow now. `newReplicas` is its size so far. */
export function newReplicaSetSize(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  newReplicas: number,
): number {
  const wanted = replicasOf(deployment);
  if (!isRollingUpdate(deployment)) return wanted;
  const room = wanted + rolloutBounds(deployment).maxSurge - sumOf(sets, replicasOf);
  if (room <= 0) return newReplicas;
  return newReplicas + Math.min(room, wanted - newReplicas);
}

/** New sizes by name. */
export type Sizes = ReadonlyMap<string, number>;

/**
 * How far old ReplicaSets may shrink: unhealthy pods first, since they serve nobody, then as many
 * healthy ones as leave the minimum available. Empty: nothing may shrink now.
 */
export function oldReplicaSetSizes(
  deployment: Deployment,
  newSet: ReplicaSet,
  oldSets: readonly ReplicaSet[],
): Sizes {
  const sizes = new Map<string, number>();
  const all = [...oldSets, newSet];
  const minAvailable = replicasOf(deployment) - rolloutBounds(deployment).maxUnavailable;
  const newUnavailable = replicasOf(newSet) - (newSet.status?.availableReplicas ?? 0);
  const mayGo = sumOf(all, replicasOf) - minAvailable - newUnavailable;
  if (sumOf(oldSets, replicasOf) === 0 || mayGo <= 0) return sizes;

  const oldestFirst = [...oldSets].sort(byCreation);
  const sizeOf = (set: ReplicaSet) => sizes.get(nameOf(set)) ?? replicasOf(set);
  let unhealthyLeft = mayGo;
  for (const set of oldestFirst) {
    const unavailable = replicasOf(set) - (set.status?.availableReplicas ?? 0);
    const cut = Math.min(unhealthyLeft, Math.max(0, unavailable), replicasOf(set));
    if (cut === 0) continue;
    sizes.set(nameOf(set), replicasOf(set) - cut);
    unhealthyLeft -= cut;
  }
  let healthyLeft = sumOf(all, set => set.status?.availableReplicas) - minAvailable;
  for (const set of oldestFirst) {
    if (healthyLeft <= 0) break;
    const cut = Math.min(sizeOf(set), healthyLeft);
    if (cut === 0) continue;
    sizes.set(nameOf(set), sizeOf(set) - cut);
    healthyLeft -= cut;
  }
  return sizes;
}

/**
 * Scaling in the middle of a rollout: every active ReplicaSet gets its share of the change, by
 * its size before; the largest takes what rounding leaves over.
 */
export function proportionalSizes(deployment: Deployment, active: readonly ReplicaSet[]): Sizes {
  const wanted = replicasOf(deployment);
  const allowed = wanted > 0 ? wanted + rolloutBounds(deployment).maxSurge : 0;
  const change = allowed - sumOf(active, replicasOf);
  // Growing favours the newest of equal size, shrinking takes from the oldest.
  const tie = change > 0 ? (a: ReplicaSet, b: ReplicaSet) => byCreation(b, a) : byCreation;
  const ordered = [...active].sort((a, b) => replicasOf(b) - replicasOf(a) || tie(a, b));
  const sizes = new Map<string, number>();
  let done = 0;
  for (const set of ordered) {
    const left = change - done;
    const fraction = left === 0 || replicasOf(set) === 0 ? 0 : shareOf(deployment, set);
    const part = change > 0 ? Math.min(fraction, left) : Math.max(fraction, left);
    sizes.set(nameOf(set), replicasOf(set) + part);
    done += part;
  }
  const [largest] = ordered;
  if (largest && change !== done) {
    const size = (sizes.get(nameOf(largest)) ?? 0) + change - done;
    sizes.set(nameOf(largest), Math.max(0, size));
  }
  return sizes;
}

function shareOf(deployment: Deployment, set: ReplicaSet): number {
  const size = replicasOf(set);
  const wanted = replicasOf(deployment);
  if (wanted === 0) return -size;
  const before = maxReplicasOf(set) || deployment.status?.replicas || 0;
  if (before === 0) return 0;
  return Math.round((size * (wanted + rolloutBounds(deployment).maxSurge)) / before) - size;
}

/** It runs all that is wanted, and has been told so. */
export function isSaturated(deployment: Deployment, set: ReplicaSet | undefined): boolean {
  const wanted = replicasOf(deployment);
  return (
    set !== undefined &&
    replicasOf(set) === wanted &&
    desiredReplicasOf(set) === wanted &&
    (set.status?.availableReplicas ?? 0) === wanted
  );
}

export const nameOf = (set: ReplicaSet): string => set.metadata.name ?? '';
