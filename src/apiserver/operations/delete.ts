/** Delete one object: look, check preconditions, admit, plan (delete-plan.ts), carry out; again when something came between. */
import type { KubeObject } from '../../api/object.ts';
import { conflict, notFound } from '../../api/status-error.ts';
import { RevisionConflictError } from '../../store/contract.ts';
import type { CachedObject } from '../cache/contract.ts';
import type { ServerCore, Target } from '../core.ts';
import type { WriteOptions } from './context.ts';
import { type DeleteOptions, deleteOptionsError } from './delete-options.ts';
import { planDelete } from './delete-plan.ts';
import { type ObjectResult, plainResult, storedResult, writtenResult } from './result.ts';

export interface DeleteResult {
  /** The object as it is left, or as it was at last. */
  readonly result: ObjectResult;
  /** The object is gone; false: it is marked, and goes later. */
  readonly removed: boolean;
}

const MAX_ATTEMPTS = 50;

/** @throws StatusError */
export async function deleteObject(
  core: ServerCore,
  target: Target,
  options: DeleteOptions,
  write: WriteOptions,
): Promise<DeleteResult> {
  const wrong = deleteOptionsError(options);
  if (wrong) throw wrong;
  const { resource, namespace, name } = target;
  const key = resource.key(namespace, name);
  for (let attempt = 1; ; attempt++) {
    const cached = core.cache.get(key);
    if (!cached) throw notFound(resource.named, name);
    const old = resource.present(cached);
    checkPreconditions(target, old, options);
    await admit(core, target, old, write);
    try {
      return await carryOut(core, target, key, cached, old, options, write.dryRun ?? false);
    } catch (error) {
      if (!(error instanceof RevisionConflictError) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

async function carryOut(
  core: ServerCore,
  { resource }: Target,
  key: string,
  cached: CachedObject,
  old: KubeObject,
  options: DeleteOptions,
  dryRun: boolean,
): Promise<DeleteResult> {
  const plan = planDelete(resource.definition, old, options, core.clock.now());
  if (plan.action === 'none') return { result: storedResult(resource, cached), removed: false };
  if (plan.action === 'remove') {
    if (dryRun) return { result: plainResult(plan.last), removed: true };
    // Watchers see that the grace period is over before they see that the object is gone.
    const isShown = plan.last === old;
    const value = resource.encode(plan.last);
    const at = isShown ? cached.revision : await core.store.update(key, value, cached.revision);
    const result = isShown ? plainResult(old) : writtenResult(core, resource, key, at, value);
    const { object } = result;
    await core.store.delete(key, at);
    return { result: plainResult(object), removed: true };
  }
  if (dryRun) return { result: plainResult(plan.next), removed: false };
  const value = resource.encode(plan.next);
  const at = await core.store.update(key, value, cached.revision);
  return { result: writtenResult(core, resource, key, at, value), removed: false };
}

async function admit(core: ServerCore, target: Target, old: KubeObject, write: WriteOptions): Promise<void> {
  const request = {
    operation: 'DELETE' as const,
    resource: target.resource,
    subresource: '',
    namespace: target.namespace,
    name: write.ofCollection ? '' : target.name,
    object: undefined,
    oldObject: old,
    user: write.caller.user,
    dryRun: write.dryRun ?? false,
    warn: (text: string) => write.caller.warn(text),
    afterwards: () => {},
  };
  await core.admission.admit(request);
  await core.admission.validate(request);
}

function checkPreconditions(
  { resource, name }: Target,
  old: KubeObject,
  { preconditions }: DeleteOptions,
): void {
  const { uid, resourceVersion } = preconditions ?? {};
  const { metadata } = old;
  const named = { group: resource.definition.group, resource: resource.definition.kind };
  if (uid !== undefined && uid !== metadata.uid)
    throw conflict(
      named,
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
    throw conflict(
      named,
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
}
