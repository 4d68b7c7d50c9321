/**
 * What a plan is written on: the ReplicaSets and the status as they will be, and at the end the
 * actions that make them so. Each ReplicaSet is written once at most, whatever was decided about
 * it, and nothing that was given is changed.
 */
import { deepEqual } from '../../base/deep-equal.ts';
import type { Deployment, DeploymentStatus, ReplicaSet } from '../../generated/apps-v1.ts';
import { REVISION, sizeAnnotations } from './annotations.ts';
import { type NewCondition, withCondition } from './conditions.ts';
import { nameOf, replicasOf, rolloutBounds } from './rolling.ts';

export type DeploymentAction =
  | { readonly type: 'create-replica-set'; readonly replicaSet: ReplicaSet }
  | { readonly type: 'update-replica-set'; readonly replicaSet: ReplicaSet }
  | { readonly type: 'delete-replica-set'; readonly replicaSet: ReplicaSet }
  /** After the ReplicaSets have been written. */
  | { readonly type: 'event'; readonly reason: string; readonly message: string }
  /** The Deployment with its new status and revision annotation. */
  | { readonly type: 'write-status'; readonly deployment: Deployment };

export class Draft {
  readonly deployment: Deployment;
  readonly nowMs: number;
  #status: DeploymentStatus;
  #revision: number | undefined;
  readonly #originals: ReadonlyMap<string, ReplicaSet>;
  readonly #sets: Map<string, ReplicaSet>;
  readonly #deleted: ReplicaSet[] = [];
  readonly #messages: string[] = [];

  constructor(deployment: Deployment, sets: readonly ReplicaSet[], nowMs: number) {
    this.deployment = deployment;
    this.nowMs = nowMs;
    this.#status = deployment.status ?? {};
    this.#originals = new Map(sets.map(set => [nameOf(set), set]));
    this.#sets = new Map(this.#originals);
  }

  get status(): DeploymentStatus {
    return this.#status;
  }

  get sets(): readonly ReplicaSet[] {
    return [...this.#sets.values()];
  }

  setStatus(status: DeploymentStatus): void {
    this.#status = status;
  }

  setCondition(condition: NewCondition): void {
    const conditions = withCondition(this.#status.conditions ?? [], condition, this.nowMs);
    this.#status = { ...this.#status, conditions: [...conditions] };
  }

  setRevision(revision: number): void {
    this.#revision = revision;
  }

  /** Adds a ReplicaSet that does not exist yet. */
  add(set: ReplicaSet): void {
    this.#sets.set(nameOf(set), set);
    if (replicasOf(set) > 0) this.#messages.push(scaledMessage(set, 0, replicasOf(set)));
  }

  replace(set: ReplicaSet): void {
    this.#sets.set(nameOf(set), set);
  }

  /** Also notes the sizes of the Deployment on it, for proportional scaling later. */
  scale(set: ReplicaSet, size: number): void {
    const from = replicasOf(set);
    const wanted = replicasOf(this.deployment);
    const sizes = sizeAnnotations(wanted, wanted + rolloutBounds(this.deployment).maxSurge);
    this.replace({
      ...set,
      metadata: { ...set.metadata, annotations: { ...set.metadata.annotations, ...sizes } },
      spec: { ...set.spec, replicas: size },
    });
    if (from !== size) this.#messages.push(scaledMessage(set, from, size));
  }

  delete(set: ReplicaSet): void {
    this.#deleted.push(set);
  }

  actions(): readonly DeploymentAction[] {
    const actions: DeploymentAction[] = [];
    for (const [name, set] of this.#sets) {
      const original = this.#originals.get(name);
      if (!original) actions.push({ type: 'create-replica-set', replicaSet: set });
      else if (!deepEqual(original, set)) actions.push({ type: 'update-replica-set', replicaSet: set });
    }
    for (const message of this.#messages) {
      actions.push({ type: 'event', reason: 'ScalingReplicaSet', message });
    }
    for (const set of this.#deleted) actions.push({ type: 'delete-replica-set', replicaSet: set });
    const deployment = this.#withStatus();
    if (!deepEqual(deployment, this.deployment)) actions.push({ type: 'write-status', deployment });
    return actions;
  }

  #withStatus(): Deployment {
    const { deployment } = this;
    const status = { ...this.#status };
    if (status.conditions?.length === 0) delete status.conditions;
    if (this.#revision === undefined) return { ...deployment, status };
    const annotations = { ...deployment.metadata.annotations, [REVISION]: String(this.#revision) };
    return { ...deployment, metadata: { ...deployment.metadata, annotations }, status };
  }
}

const scaledMessage = (set: ReplicaSet, from: number, to: number) =>
  `Scaled ${from < to ? 'up' : 'down'} replica set ${nameOf(set)} from ${from} to ${to}`;
