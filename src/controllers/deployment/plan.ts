/**
 * What a Deployment needs next: pure, from its ReplicaSets and pods to the writes of one step.
 *
 * A rollout is many small steps. Each leaves at most wanted + maxSurge pods and at least wanted -
 * maxUnavailable available ones (of those there were), and each waits for what the ReplicaSets'
 * statuses say of the step before; so it can be interrupted anywhere, by a crash, a pause or a
 * new template. (Upstream writes the status up to three times a step; here it is once.)
 */
import { deepEqual } from '../../base/deep-equal.ts';
import { controllerReference } from '../../client/owner-reference.ts';
import type { Deployment, ReplicaSet } from '../../generated/apps-v1.ts';
import type { Pod, PodTemplateSpec } from '../../generated/core-v1.ts';
import { byCreation } from '../by-creation.ts';
import { DEPLOYMENT_KIND } from '../owner-kinds.ts';
import { isFinished } from '../pod-management/pod-state.ts';
import { templateHash } from '../template-hash.ts';
import {
  desiredReplicasOf,
  maxRevision,
  newReplicaSetAnnotations,
  revisionOf,
  sizeAnnotations,
} from './annotations.ts';
import {
  conditionOf,
  newReplicaSetCreated,
  newReplicaSetFound,
  PAUSED,
  paused,
  resumed,
  TIMED_OUT,
} from './conditions.ts';
import { type DeploymentAction, Draft } from './draft.ts';
import {
  isRollingUpdate,
  isSaturated,
  nameOf,
  newReplicaSetSize,
  oldReplicaSetSizes,
  proportionalSizes,
  replicasOf,
  rolloutBounds,
  type Sizes,
} from './rolling.ts';
import {
  countedStatus,
  hasProgressDeadline,
  historyLimit,
  isComplete,
  progressLeftMs,
  rolloutStatus,
} from './status.ts';

const HASH_LABEL = 'pod-template-hash';

export interface DeploymentSnapshot {
  readonly deployment: Deployment;
  /** The ReplicaSets it owns. */
  readonly replicaSets: readonly ReplicaSet[];
  /** Pods of these ReplicaSets, those on their way out included. Needed for Recreate only. */
  readonly pods: readonly Pod[];
  readonly nowMs: number;
}

export interface DeploymentPlan {
  readonly actions: readonly DeploymentAction[];
  /** When to look again if nothing happens: the progress deadline. */
  readonly requeueAfterMs: number | undefined;
}

export function planDeployment(snapshot: DeploymentSnapshot): DeploymentPlan {
  const { deployment, replicaSets, nowMs } = snapshot;
  const draft = new Draft(deployment, replicaSets, nowMs);
  if (deployment.metadata.deletionTimestamp !== undefined) {
    draft.setStatus(countedStatus(statusInput(draft)));
    return { actions: draft.actions(), requeueAfterMs: undefined };
  }
  notePause(draft);
  if (deployment.spec.paused || isScalingEvent(draft)) scaleOnly(draft);
  else if (isRollingUpdate(deployment)) rollOut(draft);
  else recreate(draft, snapshot.pods);

  const actions = draft.actions();
  const waits = !actions.some(action => action.type === 'write-status') && !deployment.spec.paused;
  const leftMs = waits ? progressLeftMs(deployment, draft.status.conditions ?? [], nowMs) : undefined;
  // The deadline has whole seconds; one more makes sure that it has passed.
  return { actions, requeueAfterMs: leftMs === undefined ? undefined : Math.max(0, leftMs) + 1_000 };
}

// --- which ReplicaSet is the new one ---------------------------------------------------------

/** Whether the set was made from this template; its hash label does not count. */
export function hasTemplate(set: ReplicaSet, template: PodTemplateSpec): boolean {
  return deepEqual(withoutHash(set.spec.template), withoutHash(template));
}

function withoutHash(template: PodTemplateSpec | undefined): PodTemplateSpec | undefined {
  if (!template?.metadata?.labels) return template;
  const { [HASH_LABEL]: _hash, ...labels } = template.metadata.labels;
  return { ...template, metadata: { ...template.metadata, labels } };
}

/** The oldest with the Deployment's template: what another controller made by mistake stays old. */
function newSetOf(draft: Draft): ReplicaSet | undefined {
  return [...draft.sets].sort(byCreation).find(set => hasTemplate(set, draft.deployment.spec.template));
}

const oldSetsOf = (draft: Draft): readonly ReplicaSet[] => {
  const newSet = newSetOf(draft);
  return draft.sets.filter(set => set !== newSet);
};

const active = (sets: readonly ReplicaSet[]) => sets.filter(set => replicasOf(set) > 0);

/** Keeps revision and annotations of the new ReplicaSet right; makes it when `create` is set. */
function syncNewSet(draft: Draft, create: boolean): void {
  const { deployment } = draft;
  const revision = maxRevision(oldSetsOf(draft)) + 1;
  const existing = newSetOf(draft);
  if (!existing) {
    if (create) createNewSet(draft, revision);
    return;
  }
  const annotations = newReplicaSetAnnotations(deployment, existing.metadata.annotations ?? {}, revision);
  const { minReadySeconds } = deployment.spec;
  const updated = {
    ...existing,
    metadata: { ...existing.metadata, annotations },
    spec: { ...existing.spec, minReadySeconds },
  };
  if (!deepEqual(updated, existing)) draft.replace(updated);
  draft.setRevision(revisionOf(updated));
  if (hasProgressDeadline(deployment) && !conditionOf(draft.status.conditions ?? [], 'Progressing')) {
    draft.setCondition(newReplicaSetFound(nameOf(existing)));
  }
}

function createNewSet(draft: Draft, revision: number): void {
  const { deployment } = draft;
  const { template, selector, minReadySeconds } = deployment.spec;
  const hash = templateHash(template, draft.status.collisionCount);
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  const wanted = replicasOf(deployment);
  draft.add({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      namespace: deployment.metadata.namespace,
      name: `${deployment.metadata.name}-${hash}`,
      labels,
      annotations: {
        ...newReplicaSetAnnotations(deployment, {}, revision),
        ...sizeAnnotations(wanted, wanted + rolloutBounds(deployment).maxSurge),
      },
      ownerReferences: [controllerReference(deployment, DEPLOYMENT_KIND)],
    },
    spec: {
      replicas: newReplicaSetSize(deployment, draft.sets, 0),
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  });
  draft.setRevision(revision);
  if (hasProgressDeadline(deployment)) {
    draft.setCondition(newReplicaSetCreated(`${deployment.metadata.name}-${hash}`));
  }
}

// --- pause and scale -------------------------------------------------------------------------

function notePause(draft: Draft): void {
  const { deployment } = draft;
  if (!hasProgressDeadline(deployment)) return;
  const reason = conditionOf(draft.status.conditions ?? [], 'Progressing')?.reason;
  if (reason === TIMED_OUT) return;
  if (deployment.spec.paused && reason !== PAUSED) draft.setCondition(paused);
  else if (!deployment.spec.paused && reason === PAUSED) draft.setCondition(resumed);
}

/** Some ReplicaSet was sized for another number of replicas than is wanted now. */
function isScalingEvent(draft: Draft): boolean {
  return active(draft.sets).some(set => {
    const desired = desiredReplicasOf(set);
    return desired !== undefined && desired !== replicasOf(draft.deployment);
  });
}

function scaleOnly(draft: Draft): void {
  const { deployment } = draft;
  syncNewSet(draft, false);
  const only = activeOrLatest(draft);
  if (only) {
    if (replicasOf(only) !== replicasOf(deployment)) draft.scale(only, replicasOf(deployment));
  } else if (isSaturated(deployment, newSetOf(draft))) {
    for (const set of active(oldSetsOf(draft))) draft.scale(set, 0);
  } else if (isRollingUpdate(deployment)) {
    resize(draft, proportionalSizes(deployment, active(draft.sets)), true);
  }
  if (deployment.spec.paused) cleanUp(draft);
  draft.setStatus(countedStatus(statusInput(draft)));
}

/** The ReplicaSet to scale when at most one is in use; undefined when several are. */
function activeOrLatest(draft: Draft): ReplicaSet | undefined {
  const inUse = active(draft.sets);
  if (inUse.length > 1) return undefined;
  return inUse[0] ?? newSetOf(draft) ?? [...draft.sets].sort(byCreation).at(-1);
}

/** `always`: ReplicaSets that keep their size get the new size annotations too. */
function resize(draft: Draft, sizes: Sizes, always = false): boolean {
  let changed = false;
  for (const set of draft.sets) {
    const size = sizes.get(nameOf(set));
    if (size === undefined || (size === replicasOf(set) && !always)) continue;
    draft.scale(set, size);
    changed = true;
  }
  return changed;
}

// --- rollouts --------------------------------------------------------------------------------

function rollOut(draft: Draft): void {
  syncNewSet(draft, true);
  if (!growNewSet(draft) && !shrinkOldSets(draft) && isComplete(draft.deployment, draft.status)) {
    cleanUp(draft);
  }
  draft.setStatus(rolloutStatus(statusInput(draft)));
}

function growNewSet(draft: Draft): boolean {
  const newSet = newSetOf(draft);
  if (!newSet) return false;
  const wanted = replicasOf(draft.deployment);
  const size = replicasOf(newSet);
  const next = size > wanted ? wanted : newReplicaSetSize(draft.deployment, draft.sets, size);
  return resize(draft, new Map([[nameOf(newSet), next]]));
}

function shrinkOldSets(draft: Draft): boolean {
  const newSet = newSetOf(draft);
  if (!newSet) return false;
  return resize(draft, oldReplicaSetSizes(draft.deployment, newSet, oldSetsOf(draft)));
}

/** Recreate: nothing new before everything old is gone. */
function recreate(draft: Draft, pods: readonly Pod[]): void {
  syncNewSet(draft, false);
  const shrunk = resize(draft, new Map(active(oldSetsOf(draft)).map(set => [nameOf(set), 0])));
  if (!shrunk && !oldPodsRun(draft, pods)) {
    syncNewSet(draft, true);
    const newSet = newSetOf(draft);
    if (newSet) resize(draft, new Map([[nameOf(newSet), replicasOf(draft.deployment)]]));
    if (isComplete(draft.deployment, draft.status)) cleanUp(draft);
  }
  draft.setStatus(rolloutStatus(statusInput(draft)));
}

function oldPodsRun(draft: Draft, pods: readonly Pod[]): boolean {
  const oldSets = oldSetsOf(draft);
  if (oldSets.some(set => (set.status?.replicas ?? 0) > 0)) return true;
  const uids = new Set(oldSets.map(set => set.metadata.uid));
  return pods.some(
    pod =>
      !isFinished(pod) &&
      pod.metadata.ownerReferences?.some(owner => owner.controller && uids.has(owner.uid)),
  );
}

/** Deletes the oldest revisions beyond the history limit, once they have no pods. */
function cleanUp(draft: Draft): void {
  const limit = historyLimit(draft.deployment);
  if (limit === undefined) return;
  const kept = oldSetsOf(draft).filter(set => set.metadata.deletionTimestamp === undefined);
  const surplus = kept.length - limit;
  if (surplus <= 0) return;
  const oldestFirst = [...kept].sort((a, b) => revisionOf(a) - revisionOf(b) || byCreation(a, b));
  for (const set of oldestFirst.slice(0, surplus)) {
    const observed = (set.status?.observedGeneration ?? 0) >= (set.metadata.generation ?? 0);
    if ((set.status?.replicas ?? 0) === 0 && replicasOf(set) === 0 && observed) draft.delete(set);
  }
}

const statusInput = (draft: Draft) => ({
  deployment: draft.deployment,
  status: draft.status,
  newSet: newSetOf(draft),
  oldSets: oldSetsOf(draft),
  nowMs: draft.nowMs,
});
