/** Owners that are named twice: once is kept, and the client is told (upstream's rule since v1.20). */
import type { KubeObject } from '../../api/object.ts';
import type { Caller } from '../core.ts';

export function dropDuplicateOwners({ metadata }: KubeObject, caller: Caller): void {
  const owners = metadata.ownerReferences;
  if (!owners || owners.length < 2) return;
  const seen = new Set<string>();
  const twice = new Set<string>();
  const kept = owners.filter(owner => {
    const key = JSON.stringify([owner.uid, owner.apiVersion, owner.kind, owner.name]);
    if (seen.has(key)) twice.add(owner.uid);
    return !seen.has(key) && seen.add(key);
  });
  if (kept.length === owners.length) return;
  metadata.ownerReferences = kept;
  caller.warn(
    `.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${[...twice].join(',')}`,
  );
}
