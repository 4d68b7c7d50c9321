/**
 * A change the server itself makes to a stored object: no admission, no validation, tried again
 * when something came between. Binding and the like stand on it.
 */
import type { KubeObject } from '../../api/object.ts';
import { conflict, notFound } from '../../api/status-error.ts';
import { RevisionConflictError } from '../../store/contract.ts';
import type { ServerCore, Target } from '../core.ts';
import { clone } from './clone.ts';
import { type ObjectResult, plainResult, writtenResult } from './result.ts';
import { MODIFIED } from './update.ts';

const MAX_ATTEMPTS = 50;

/** `change` is given a copy it may change, and throws StatusError to refuse. */
export async function modifyObject(
  core: ServerCore,
  { resource, namespace, name }: Target,
  change: (object: KubeObject) => void,
  dryRun = false,
): Promise<ObjectResult> {
  const key = resource.key(namespace, name);
  for (let attempt = 1; ; attempt++) {
    const cached = core.cache.get(key);
    if (!cached) throw notFound(resource.named, name);
    const next = clone(resource.present(cached));
    change(next);
    if (dryRun) return plainResult(next);
    const value = resource.encode(next);
    try {
      const at = await core.store.update(key, value, cached.revision);
      return writtenResult(core, resource, key, at, value);
    } catch (error) {
      if (!(error instanceof RevisionConflictError)) throw error;
      if (attempt === MAX_ATTEMPTS) throw conflict(resource.named, name, MODIFIED);
    }
  }
}
