/**
 * ControllerRevisions: the past templates of a DaemonSet or StatefulSet, by which pods are told
 * apart and `kubectl rollout undo` goes back. Pure; apply.ts writes.
 *
 * A template that comes back takes up its old revision under a new number. Two templates with the
 * same hash get different names through `collisionCount`.
 */
import type { GroupVersionKind, KubeObject } from '../../api/object.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import { controllerReference } from '../../client/owner-reference.ts';
import type { ControllerRevision } from '../../generated/apps-v1.ts';
import type { PodTemplateSpec } from '../../generated/core-v1.ts';
import { templateHash } from '../template-hash.ts';

export interface RevisionInput {
  readonly owner: KubeObject;
  readonly ownerKind: GroupVersionKind;
  readonly template: PodTemplateSpec;
  readonly revisions: readonly ControllerRevision[];
  readonly collisionCount: number;
  /** The label that carries the hash. */
  readonly hashLabel: string;
}

export interface RevisionPlan {
  /** The revision of the template, as it will be. */
  readonly current: ControllerRevision;
  readonly write: 'create' | 'update' | undefined;
}

/** The revision of the template: one that has it already, made the newest, or a new one. */
export function planRevision(input: RevisionInput): RevisionPlan {
  const { owner, ownerKind, template, revisions, collisionCount, hashLabel } = input;
  const data = revisionData(template);
  const newest = Math.max(0, ...revisions.map(({ revision }) => revision));
  const existing = revisions
    .filter(revision => deepEqual(revision.data, data))
    .sort((a, b) => b.revision - a.revision)[0];
  if (existing) {
    if (existing.revision === newest) return { current: existing, write: undefined };
    return { current: { ...existing, revision: newest + 1 }, write: 'update' };
  }
  const hash = templateHash(data, collisionCount);
  const current: ControllerRevision = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      namespace: owner.metadata.namespace,
      name: `${owner.metadata.name}-${hash}`,
      labels: { ...template.metadata?.labels, [hashLabel]: hash },
      ...(owner.metadata.annotations ? { annotations: { ...owner.metadata.annotations } } : {}),
      ownerReferences: [controllerReference(owner, ownerKind)],
    },
    data,
    revision: newest + 1,
  };
  return { current, write: 'create' };
}

/** The oldest revisions beyond `limit`, those in use left aside. */
export function surplusRevisions(
  revisions: readonly ControllerRevision[],
  inUse: ReadonlySet<string>,
  limit: number,
): readonly ControllerRevision[] {
  const unused = revisions
    .filter(({ metadata }) => !inUse.has(metadata.name ?? ''))
    .sort((a, b) => a.revision - b.revision);
  return unused.slice(0, Math.max(0, unused.length - limit));
}

/** The patch that brings the template back, as kubectl applies it for `rollout undo`. */
function revisionData(template: PodTemplateSpec): Record<string, unknown> {
  return { spec: { template: { ...template, $patch: 'replace' } } };
}

/** The template a revision holds. */
export function templateOf(revision: ControllerRevision): PodTemplateSpec {
  const data = revision.data as { spec: { template: PodTemplateSpec & { $patch?: string } } };
  const { $patch: _patch, ...template } = data.spec.template;
  return template;
}
