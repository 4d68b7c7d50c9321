/**
 * Which objects belong to an owner with a label selector (API reference, "Ownership"): those it
 * controls and that match stay; a match that nothing controls is adopted; one it controls that
 * matches no more is released. An owner that is being deleted neither adopts nor releases.
 */
import type { GroupVersionKind, KubeObject } from '../../api/object.ts';
import { isStatusError } from '../../api/status-error.ts';
import type { ResourceClient } from '../../client/contract.ts';
import type { LabelMatcher } from '../../client/label-selector.ts';
import { controllerOf, controllerReference } from '../../client/owner-reference.ts';

export interface Claims<T> {
  /** Owned already, and to stay so. */
  readonly owned: readonly T[];
  readonly adopt: readonly T[];
  readonly release: readonly T[];
}

/**
 * @param candidates of the owner's namespace; those of another controller are left alone
 * @param matches the owner's selector
 */
export function planClaims<T extends KubeObject>(
  owner: KubeObject,
  matches: LabelMatcher,
  candidates: readonly T[],
): Claims<T> {
  const ownerGoes = owner.metadata.deletionTimestamp !== undefined;
  const owned: T[] = [];
  const adopt: T[] = [];
  const release: T[] = [];
  for (const object of candidates) {
    const controller = controllerOf(object);
    const match = matches(object.metadata.labels);
    if (controller) {
      if (controller.uid !== owner.metadata.uid) continue;
      if (match) owned.push(object);
      else if (!ownerGoes) release.push(object);
    } else if (match && !ownerGoes && object.metadata.deletionTimestamp === undefined) {
      adopt.push(object);
    }
  }
  return { owned, adopt, release };
}

export interface ClaimContext<T extends KubeObject> {
  readonly owner: KubeObject;
  readonly ownerKind: GroupVersionKind;
  /** Reads the owner from the server: what the cache shows may have been deleted since. */
  readonly readOwner: () => Promise<KubeObject>;
  readonly client: ResourceClient<T>;
}

/** Carries the claims out; gives what the owner owns afterwards. */
export async function applyClaims<T extends KubeObject>(
  context: ClaimContext<T>,
  claims: Claims<T>,
): Promise<readonly T[]> {
  if (claims.adopt.length === 0 && claims.release.length === 0) return claims.owned;
  const { owner, ownerKind, readOwner, client } = context;
  if (claims.adopt.length > 0) {
    const fresh = await readOwner();
    if (fresh.metadata.uid !== owner.metadata.uid || fresh.metadata.deletionTimestamp !== undefined) {
      throw new Error(`Cannot adopt for ${owner.metadata.name}: it is gone or being deleted`);
    }
  }
  const patch = async (object: T, reference: object): Promise<T | undefined> => {
    const { namespace, name = '', uid } = object.metadata;
    const body = { metadata: { uid, ownerReferences: [reference] } };
    try {
      return await client.patch({ namespace, name }, { type: 'strategic', body });
    } catch (error) {
      // It went away, or another object has its name by now: nothing left to claim.
      if (isStatusError(error, 'NotFound') || isStatusError(error, 'Invalid')) return undefined;
      throw error;
    }
  };
  const reference = controllerReference(owner, ownerKind);
  const adopted = await Promise.all(claims.adopt.map(object => patch(object, reference)));
  await Promise.all(
    claims.release.map(object => patch(object, { $patch: 'delete', uid: owner.metadata.uid })),
  );
  return [...claims.owned, ...adopted.filter(object => object !== undefined)];
}
