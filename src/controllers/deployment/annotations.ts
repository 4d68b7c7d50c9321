/**
 * What a Deployment notes on its ReplicaSets, and on itself: the revision `kubectl rollout`
 * counts by, and the sizes that make proportional scaling possible.
 */
import { LAST_APPLIED_ANNOTATION } from '../../api/well-known.ts';
import type { Deployment, ReplicaSet } from '../../generated/apps-v1.ts';

export const REVISION = 'deployment.kubernetes.io/revision';
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';

/** What a ReplicaSet does not take over from its Deployment. */
const NOT_COPIED = new Set([
  LAST_APPLIED_ANNOTATION,
  'deprecated.deployment.rollback.to',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
]);

/** Old revisions of one ReplicaSet are kept up to this length. */
const MAX_HISTORY_CHARS = 2_000;

type Annotations = Readonly<Record<string, string>>;

/** 0 for an object that has none yet. */
export function revisionOf(object: Deployment | ReplicaSet): number {
  return integer(object.metadata.annotations?.[REVISION]) ?? 0;
}

/** Of the whole Deployment, when the set was last scaled. */
export const desiredReplicasOf = (set: ReplicaSet): number | undefined =>
  integer(set.metadata.annotations?.[DESIRED_REPLICAS]);

/** The same with its surge. */
export const maxReplicasOf = (set: ReplicaSet): number | undefined =>
  integer(set.metadata.annotations?.[MAX_REPLICAS]);

export const maxRevision = (sets: readonly ReplicaSet[]): number => Math.max(0, ...sets.map(revisionOf));

/** The Deployment's own annotations (change-cause among them) and the revision, on the new ReplicaSet. */
export function newReplicaSetAnnotations(
  deployment: Deployment,
  annotations: Annotations,
  revision: number,
): Record<string, string> {
  const next = { ...annotations };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!NOT_COPIED.has(key)) next[key] = value;
  }
  const old = annotations[REVISION];
  if ((integer(old) ?? 0) >= revision) return next;
  next[REVISION] = String(revision);
  if (old !== undefined) next[REVISION_HISTORY] = withRevision(annotations[REVISION_HISTORY], old);
  return next;
}

/**
 * @param desired replicas of the Deployment
 * @param max the same with its surge
 */
export function sizeAnnotations(desired: number, max: number): Record<string, string> {
  return { [DESIRED_REPLICAS]: String(desired), [MAX_REPLICAS]: String(max) };
}

function withRevision(history: string | undefined, revision: string): string {
  const entries = history ? [...history.split(','), revision] : [revision];
  while (entries.length > 1 && entries.join(',').length > MAX_HISTORY_CHARS) entries.shift();
  return entries.join(',');
}

function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}
