/** Writes what revisions.ts planned. */
import { isStatusError } from '../../api/status-error.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import type { Client } from '../../client/contract.ts';
import { ignoreNotFound } from '../../client/ignore-not-found.ts';
import { CONTROLLER_REVISIONS } from '../../client/resources.ts';
import type { ControllerRevision } from '../../generated/apps-v1.ts';
import type { RevisionPlan } from './revisions.ts';

export type RevisionResult =
  | { readonly revision: ControllerRevision }
  /** The name is taken by another template: count the collision and plan again. */
  | { readonly collision: true };

/** Writes what the plan says. @returns the stored revision, or that its name is another template's */
export async function applyRevision(client: Client, plan: RevisionPlan): Promise<RevisionResult> {
  const resource = client.resource<ControllerRevision>(CONTROLLER_REVISIONS);
  const { current, write } = plan;
  if (write === undefined) return { revision: current };
  if (write === 'update') return { revision: await resource.update(current) };
  try {
    return { revision: await resource.create(current) };
  } catch (error) {
    if (!isStatusError(error, 'AlreadyExists')) throw error;
    const { namespace, name = '' } = current.metadata;
    const existing = await resource.get({ namespace, name });
    return deepEqual(existing.data, current.data) ? { revision: existing } : { collision: true };
  }
}

export async function deleteRevisions(
  client: Client,
  revisions: readonly ControllerRevision[],
): Promise<void> {
  for (const { metadata } of revisions) {
    const target = { namespace: metadata.namespace, name: metadata.name ?? '' };
    await ignoreNotFound(client.resource(CONTROLLER_REVISIONS).delete(target));
  }
}
