/**
 * What a StatefulSet needs next (concept page "StatefulSets"). Pure.
 *
 * Guarantees: there is at most one pod of a name. With OrderedReady, pods are made from the
 * lowest ordinal and removed from the highest, one at a time, each only when those before it are
 * available; Parallel waits for nobody. An update replaces from the highest ordinal down to the
 * partition, in both cases one at a time: `maxUnavailable` is of a feature that v1.36 has off.
 */
import type { StatefulSet, StatefulSetStatus } from '../../generated/apps-v1.ts';
import type { Pod, PodTemplateSpec } from '../../generated/core-v1.ts';
import { isAvailable, isFinished, isReady, isTerminating } from '../pod-management/pod-state.ts';
import { ordinalOf, revisionNameOf, statefulPod } from './identity.ts';

export interface SetRevision {
  readonly name: string;
  readonly template: PodTemplateSpec;
}

export interface StatefulSnapshot {
  readonly statefulSet: StatefulSet;
  /** The pods it owns, those on their way out included. */
  readonly pods: readonly Pod[];
  /** What the set ran before an update that is under way; the same as `update` when none is. */
  readonly current: SetRevision;
  readonly update: SetRevision;
  readonly nowMs: number;
}

export interface StatefulPlan {
  readonly create: readonly Pod[];
  readonly remove: readonly Pod[];
}

export function planStatefulSet(snapshot: StatefulSnapshot): StatefulPlan {
  const { statefulSet } = snapshot;
  if (statefulSet.metadata.deletionTimestamp !== undefined) return { create: [], remove: [] };
  const ordered = statefulSet.spec.podManagementPolicy !== 'Parallel';
  const create: Pod[] = [];
  const remove: Pod[] = [];
  const plan = { create, remove };
  const available = (pod: Pod) =>
    !isTerminating(pod) && isAvailable(pod, statefulSet.spec.minReadySeconds ?? 0, snapshot.nowMs);

  const { wanted, condemned } = byPlace(snapshot);
  for (const [ordinal, pod] of wanted) {
    if (!pod) create.push(newPod(snapshot, ordinal));
    else if (isFinished(pod) && !isTerminating(pod)) remove.push(pod);
    // The next one waits for this one to be there.
    if (ordered && !(pod && available(pod))) return plan;
  }
  // A pod that is not healthy may hold up the ones below it, but not its own removal.
  const unhealthy = condemned.findLast(pod => !available(pod));
  for (const pod of condemned) {
    if (isTerminating(pod)) {
      if (ordered) return plan;
      continue;
    }
    if (ordered && !available(pod) && pod !== unhealthy) return plan;
    remove.push(pod);
    if (ordered) return plan;
  }
  if (create.length === 0) {
    const old = outdated(snapshot, [...wanted.values()], available);
    remove.push(...old.filter(pod => !remove.includes(pod)));
  }
  return plan;
}

/** The pod whose turn it is to be replaced by the new revision, if there is one. */
function outdated(
  { statefulSet, update }: StatefulSnapshot,
  wanted: readonly (Pod | undefined)[],
  available: (pod: Pod) => boolean,
): readonly Pod[] {
  const { type = 'RollingUpdate', rollingUpdate } = statefulSet.spec.updateStrategy ?? {};
  if (type !== 'RollingUpdate') return [];
  for (const pod of wanted.slice(rollingUpdate?.partition ?? 0).reverse()) {
    if (!pod) return [];
    if (!isTerminating(pod) && revisionNameOf(pod) !== update.name) return [pod];
    if (!available(pod)) return [];
  }
  return [];
}

/** Wanted ordinals with their pods, in order; and the pods beyond them, highest ordinal first. */
function byPlace({ statefulSet, pods }: StatefulSnapshot): {
  readonly wanted: ReadonlyMap<number, Pod | undefined>;
  readonly condemned: readonly Pod[];
} {
  const start = statefulSet.spec.ordinals?.start ?? 0;
  const { replicas = 1 } = statefulSet.spec;
  const wanted = new Map<number, Pod | undefined>();
  for (let ordinal = start; ordinal < start + replicas; ordinal++) wanted.set(ordinal, undefined);
  const condemned: { readonly ordinal: number; readonly pod: Pod }[] = [];
  for (const pod of pods) {
    const ordinal = ordinalOf(statefulSet, pod);
    if (ordinal === undefined) continue;
    if (wanted.has(ordinal)) wanted.set(ordinal, pod);
    else condemned.push({ ordinal, pod });
  }
  condemned.sort((a, b) => b.ordinal - a.ordinal);
  return { wanted, condemned: condemned.map(({ pod }) => pod) };
}

/** A pod that is missing comes back as it was where the update does not reach. */
function newPod({ statefulSet, current, update }: StatefulSnapshot, ordinal: number): Pod {
  const start = statefulSet.spec.ordinals?.start ?? 0;
  const { type = 'RollingUpdate', rollingUpdate } = statefulSet.spec.updateStrategy ?? {};
  // With a partition, which is 0 by default, only it decides (upstream).
  const untouched = rollingUpdate
    ? (rollingUpdate.partition ?? 0)
    : (statefulSet.status?.currentReplicas ?? 0);
  const old = type === 'RollingUpdate' && ordinal < start + untouched;
  const revision = old ? current : update;
  return statefulPod(statefulSet, revision.template, ordinal, revision.name);
}

export function statefulStatus(snapshot: StatefulSnapshot, plan: StatefulPlan): StatefulSetStatus {
  const { statefulSet, current, update, nowMs } = snapshot;
  const minReady = statefulSet.spec.minReadySeconds ?? 0;
  const pods = snapshot.pods.filter(pod => ordinalOf(statefulSet, pod) !== undefined);
  const staying = [...pods, ...plan.create].filter(pod => !isTerminating(pod) && !plan.remove.includes(pod));
  const of = (revision: SetRevision) => staying.filter(pod => revisionNameOf(pod) === revision.name).length;
  const ready = pods.filter(isReady).length;
  const replicas = pods.length + plan.create.length;
  const updated = of(update);
  const isRolling = (statefulSet.spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
  const done = isRolling && [updated, ready, replicas].every(n => n === (statefulSet.spec.replicas ?? 1));
  const currentReplicas = done ? updated : of(current);
  return {
    observedGeneration: statefulSet.metadata.generation,
    replicas,
    ...nonZero('readyReplicas', ready),
    availableReplicas: pods.filter(pod => isAvailable(pod, minReady, nowMs)).length,
    ...nonZero('currentReplicas', currentReplicas),
    ...nonZero('updatedReplicas', updated),
    currentRevision: done ? update.name : current.name,
    updateRevision: update.name,
    collisionCount: statefulSet.status?.collisionCount ?? 0,
  };
}

const nonZero = (name: string, count: number) => (count === 0 ? {} : { [name]: count });
