/**
 * Update: read the newest state, let the caller make the next one of it, pass it through default →
 * admit → validate, and store it on the condition that nothing came between; otherwise again.
 *
 * One function for PUT, PATCH, status, scale and every other subresource that changes an object:
 * what differs is `transform` and the strategy of the subresource. A transform must not keep
 * state, since it may run several times.
 */
import type { KindDefinition } from '../../api/kind.ts';
import { carryMetadata, validateObjectMeta, validateObjectMetaUpdate } from '../../api/meta/object-meta.ts';
import { validateUpdate } from '../../api/meta/validate-object.ts';
import type { KubeObject } from '../../api/object.ts';
import { copyEmptyLists } from '../../api/schema/empty-lists.ts';
import { badRequest, conflict, invalid, notFound } from '../../api/status-error.ts';
import { RevisionConflictError } from '../../store/contract.ts';
import { sameEntries, trackUpdate } from '../apply/field-manager.ts';
import { writerOf } from '../apply/writer.ts';
import type { CachedObject } from '../cache/contract.ts';
import type { ServerCore, Target } from '../core.ts';
import { clone, sameJson } from './clone.ts';
import { strategyContext, type WriteOptions } from './context.ts';
import { createObject } from './create.ts';
import { hasNamespaceFinalizers } from './delete-plan.ts';
import { preconditionFailed } from './precondition.ts';
import { Releases } from './releases.ts';
import { type ObjectResult, plainResult, storedResult, writtenResult } from './result.ts';
import { type PrepareUpdate, prepareFor } from './strategy.ts';
import { bumpGeneration, settleNamespace } from './system-metadata.ts';

export interface UpdateOptions extends WriteOptions {
  /** Absent: what the kind says for the main resource or its status. */
  readonly prepare?: PrepareUpdate;
  /** A patch says what it wants of the present object: another UID is a wrong value, not a conflict. */
  readonly patch?: boolean;
  /** Absent objects are created where the kind allows it (PUT), or always (apply). */
  readonly createMissing?: boolean | 'always';
  /** Of the object that the client means: where there is none, it is none of that UID either. */
  readonly uid?: string | undefined;
}

export interface UpdateResult {
  readonly result: ObjectResult;
  readonly created: boolean;
}

/** Makes the next object, mutable, from the present one, which is frozen. May throw StatusError. */
export type Transform = (old: KubeObject) => KubeObject | Promise<KubeObject>;

export const MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again';
/** More than any honest contention needs; a bug must not spin for ever. */
const MAX_ATTEMPTS = 50;

export async function updateObject(
  core: ServerCore,
  target: Target,
  transform: Transform,
  options: UpdateOptions,
): Promise<UpdateResult> {
  const { resource, namespace, name } = target;
  const key = resource.key(namespace, name);
  for (let attempt = 1; ; attempt++) {
    const cached = core.cache.get(key);
    if (!cached) return await createInstead(core, target, transform, options);
    const old = resource.present(cached);
    const next = await transform(old);
    const unconditional = checkVersions(target, next, old, options.patch ?? false);
    const releases = new Releases();
    try {
      await runStages(core, target, next, old, options, releases);
      return { result: await put(core, target, key, cached, next, options.dryRun ?? false), created: false };
    } catch (error) {
      if (!(error instanceof RevisionConflictError)) throw error;
      // A patch is of whatever is there; one that names a version fails by that the next time.
      const again = unconditional || (options.patch ?? false);
      if (!again || attempt === MAX_ATTEMPTS) throw conflict(resource.named, name, MODIFIED);
    } finally {
      releases.run();
    }
  }
}

async function createInstead(
  core: ServerCore,
  target: Target,
  transform: Transform,
  options: UpdateOptions,
): Promise<UpdateResult> {
  const { resource, name } = target;
  const { createMissing = false, uid: meant } = options;
  if (meant) throw preconditionFailed(target, 'UID', meant, '');
  if (createMissing !== 'always' && !(createMissing && resource.definition.allowCreateOnUpdate))
    throw notFound(resource.named, name);
  const object = await transform({ metadata: {} });
  const { uid } = object.metadata;
  if (createMissing === 'always' && uid)
    throw conflict(
      resource.named,
      name,
      `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
    );
  delete object.metadata.resourceVersion;
  return { result: await createObject(core, target, object, options), created: true };
}

/** True when the client did not say which version it wants to change. */
function checkVersions(target: Target, next: KubeObject, old: KubeObject, patch: boolean): boolean {
  const { resource, name } = target;
  const { uid, resourceVersion = '' } = next.metadata;
  if (!patch && uid !== undefined && uid !== '' && uid !== old.metadata.uid)
    throw preconditionFailed(target, 'UID', uid, old.metadata.uid);
  if (resourceVersion === '' || resourceVersion === '0') {
    if (resource.definition.allowUnconditionalUpdate !== false) return true;
    throw invalid({ group: resource.definition.group, kind: resource.definition.plural }, name, [
      {
        field: 'metadata.resourceVersion',
        reason: 'FieldValueInvalid',
        body: 'Invalid value: 0: must be specified for an update',
      },
    ]);
  }
  if (!/^\d+$/.test(resourceVersion))
    throw badRequest(
      `invalid resource version: strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`,
    );
  if (resourceVersion !== old.metadata.resourceVersion) throw conflict(resource.named, name, MODIFIED);
  return false;
}

async function runStages(
  core: ServerCore,
  target: Target,
  next: KubeObject,
  old: KubeObject,
  options: UpdateOptions,
  releases: Releases,
): Promise<void> {
  const { resource, name } = target;
  const { definition } = resource;
  const { caller, dryRun = false, subresource = '' } = options;
  const prepare = options.prepare ?? prepareFor(definition, subresource);
  const context = strategyContext(core, caller, subresource);
  settleNamespace(next, target);
  carryMetadata(next.metadata, old.metadata);
  next.metadata.creationTimestamp = old.metadata.creationTimestamp;
  delete next.metadata.selfLink;
  definition.defaults?.(next, context);
  if (!options.keepsManagedFields)
    trackUpdate(writerOf(core, resource, { subresource, manager: options.manager }), old, next);
  const admission = {
    operation: 'UPDATE' as const,
    resource,
    subresource,
    namespace: target.namespace,
    name,
    object: next,
    oldObject: old,
    user: caller.user,
    dryRun,
    warn: (text: string) => caller.warn(text),
    afterwards: releases.add,
  };
  await core.admission.admit(admission);
  prepare(next, old, context);
  // What a controller reports, or the scheduler decides, is no change of what was asked for.
  const isReport = subresource === 'status' || subresource === 'binding';
  if (definition.tracksGeneration && !isReport) bumpGeneration(next, old, definition.generationInput);
  next.metadata.resourceVersion = old.metadata.resourceVersion;
  const errors = [
    ...validateObjectMeta(next.metadata, { namespaced: resource.namespaced, nameRule: 'path-segment' }),
    ...validateObjectMetaUpdate(next.metadata, old.metadata, resource),
    ...validateUpdate(definition, next, old, context),
  ];
  if (errors.length > 0) throw invalid(definition, name, errors);
  for (const text of warningsOf(definition, next, old, subresource)) caller.warn(text);
  await core.admission.validate(admission);
}

function warningsOf(
  definition: KindDefinition,
  next: KubeObject,
  old: KubeObject,
  subresource: string,
): readonly string[] {
  if (subresource === '' || subresource === 'scale') return definition.warnings?.(next, old) ?? [];
  return subresource === 'status' ? (definition.subresources?.status?.warnings?.(next) ?? []) : [];
}

async function put(
  core: ServerCore,
  target: Target,
  key: string,
  cached: CachedObject,
  next: KubeObject,
  dryRun: boolean,
): Promise<ObjectResult> {
  const { resource } = target;
  const old = resource.present(cached);
  if (isDeletedByThis(next) && !hasNamespaceFinalizers(resource.definition, next)) {
    if (!dryRun) await core.store.delete(key, cached.revision);
    return plainResult(withHead(target, next));
  }
  if (dryRun) return plainResult(withHead(target, next));
  // Nothing changed: no write, no event, the same resourceVersion.
  if (isUnchanged(withHead(target, next), old)) return storedResult(resource, cached);
  const value = resource.encode(next);
  const at = await core.store.update(key, value, cached.revision);
  return writtenResult(core, resource, key, at, value);
}

/** Times of managedFields alone are no change. */
function isUnchanged(next: KubeObject, old: KubeObject): boolean {
  const { managedFields } = old.metadata;
  if (!sameEntries(next.metadata.managedFields, managedFields)) return false;
  return sameJson({ ...next, metadata: { ...next.metadata, managedFields } }, old);
}

/** The last finalizer has gone from an object that is being deleted and has no grace period left. */
function isDeletedByThis({ metadata }: KubeObject): boolean {
  return (
    metadata.deletionTimestamp !== undefined &&
    (metadata.finalizers ?? []).length === 0 &&
    (metadata.deletionGracePeriodSeconds ?? 0) === 0
  );
}

function withHead({ resource }: Target, object: KubeObject): KubeObject {
  return { kind: resource.definition.kind, apiVersion: resource.apiVersion, ...object };
}

/** The transform of PUT: the object as the client sent it, fresh for each attempt. */
export function replaceWith(sent: KubeObject): Transform {
  return () => copyEmptyLists(sent, clone(sent));
}
