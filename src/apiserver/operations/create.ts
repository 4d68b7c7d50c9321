/**
 * Create: default → admit → stamp → validate → store, with a name made by the server when only
 * generateName was given (tried again when it is taken, as upstream since v1.31).
 */
import { type FieldError, tooLong } from '../../api/field-error.ts';
import { validateCreate } from '../../api/meta/validate-object.ts';
import type { KubeObject } from '../../api/object.ts';
import { copyEmptyLists } from '../../api/schema/empty-lists.ts';
import { alreadyExists, forbidden, invalid, StatusError } from '../../api/status-error.ts';
import { nameSuffix } from '../../base/random.ts';
import { KeyExistsError } from '../../store/contract.ts';
import { MAX_KEY_BYTES } from '../../store/key.ts';
import { trackUpdate } from '../apply/field-manager.ts';
import { writerOf } from '../apply/writer.ts';
import type { ServerCore, Target } from '../core.ts';
import { clone } from './clone.ts';
import { strategyContext, type WriteOptions } from './context.ts';
import { Releases } from './releases.ts';
import { type ObjectResult, plainResult, writtenResult } from './result.ts';
import { resourceVersionOnCreate, settleNamespace, stampNew, wipeSystemFields } from './system-metadata.ts';

const GENERATE_ATTEMPTS = 8;
const MAX_GENERATED_BASE = 58;

/** `object` is changed. @throws StatusError */
export async function createObject(
  core: ServerCore,
  target: Target,
  object: KubeObject,
  options: WriteOptions,
): Promise<ObjectResult> {
  const { name = '', generateName = '' } = object.metadata;
  const generates = name === '' && generateName !== '';
  for (let attempt = 1; ; attempt++) {
    const releases = new Releases();
    // Stages derive other fields from the name: with another name they begin anew.
    const candidate =
      generates && attempt < GENERATE_ATTEMPTS ? copyEmptyLists(object, clone(object)) : object;
    try {
      return await create(core, target, candidate, options, releases);
    } catch (error) {
      if (!(error instanceof KeyExistsError)) throw error;
      if (generates && attempt < GENERATE_ATTEMPTS) continue;
      throw nameTaken(core, target, error.entry.key, candidate.metadata.name ?? '', generates);
    } finally {
      releases.run();
    }
  }
}

async function create(
  core: ServerCore,
  target: Target,
  object: KubeObject,
  options: WriteOptions,
  releases: Releases,
): Promise<ObjectResult> {
  const { resource } = target;
  const { definition } = resource;
  if (definition.custom?.terminating)
    throw forbidden(
      resource.named,
      object.metadata.name ?? '',
      'create not allowed while custom resource definition is terminating',
    );
  const { caller, dryRun = false } = options;
  settleNamespace(object, target);
  wipeSystemFields(object);
  const context = strategyContext(core, caller);
  definition.defaults?.(object, context);
  if (!options.keepsManagedFields) {
    const writer = writerOf(core, resource, { subresource: '', manager: options.manager });
    trackUpdate(writer, writer.empty(), object);
  }
  const namespace = object.metadata.namespace ?? '';
  const admission = {
    operation: 'CREATE' as const,
    resource,
    subresource: '',
    namespace,
    name: object.metadata.name ?? '',
    object,
    oldObject: undefined,
    user: caller.user,
    dryRun,
    warn: (text: string) => caller.warn(text),
    afterwards: releases.add,
  };
  await core.admission.admit(admission);
  const { generateName = '' } = object.metadata;
  stampNew(core, object);
  if (definition.tracksGeneration) object.metadata.generation = 1;
  if (generateName !== '' && admission.name === '') {
    object.metadata.name = definition.generateName?.(generateName) ?? generatedName(core, generateName);
    definition.defaults?.(object, context);
  }
  definition.prepareForCreate?.(object, context);
  const name = object.metadata.name ?? '';
  const key = resource.key(namespace, name);
  const errors = [...validateCreate(definition, object, context), ...keyErrors(key, name)];
  if (errors.length > 0) throw invalid(definition, name, errors);
  for (const text of definition.warnings?.(object, undefined) ?? []) caller.warn(text);
  await core.admission.validate(admission);
  if (object.metadata.resourceVersion && !dryRun) throw resourceVersionOnCreate();
  return await put(core, target, key, object, dryRun);
}

/** Upstream's store takes names of any length, for the kinds that do. */
function keyErrors(key: string, name: string): readonly FieldError[] {
  const over = Buffer.byteLength(key) - MAX_KEY_BYTES;
  return over > 0 ? [tooLong('metadata.name', Buffer.byteLength(name) - over)] : [];
}

async function put(
  core: ServerCore,
  { resource }: Target,
  key: string,
  object: KubeObject,
  dryRun: boolean,
): Promise<ObjectResult> {
  if (dryRun) {
    const there = await core.store.get(key);
    if (there) throw new KeyExistsError(there);
    return plainResult(object);
  }
  const value = resource.encode(object);
  const at = await core.store.create(key, value);
  return writtenResult(core, resource, key, at, value);
}

function generatedName(core: ServerCore, base: string): string {
  return base.slice(0, MAX_GENERATED_BASE) + nameSuffix(core.random);
}

function nameTaken(
  core: ServerCore,
  { resource }: Target,
  key: string,
  name: string,
  generated: boolean,
): StatusError {
  const error = alreadyExists(resource.named, name);
  const deleting = core.cache.get(key)?.object.metadata.deletionTimestamp !== undefined;
  if (!deleting && !generated) return error;
  const message = deleting
    ? `object is being deleted: ${error.message}`
    : `${error.message}, the server was not able to generate a unique name for the object`;
  return new StatusError({ reason: 'AlreadyExists', message, details: error.details });
}
