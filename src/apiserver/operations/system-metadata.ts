/**
 * The part of metadata that is the server's at creation, and the generation (upstream
 * registry/rest BeforeCreate; for updates see api/meta/object-meta.ts). Changes the object.
 */
import type { KubeObject } from '../../api/object.ts';
import { badRequest, StatusError } from '../../api/status-error.ts';
import { rfc3339 } from '../../base/clock.ts';
import { newUid } from '../../base/uid.ts';
import type { ServerCore, Target } from '../core.ts';
import { sameJson } from './clone.ts';

/** @throws StatusError 400 when the object names another namespace than the URL. */
export function settleNamespace(object: KubeObject, { resource, namespace }: Target): void {
  if (!resource.namespaced) {
    delete object.metadata.namespace;
    return;
  }
  const given = object.metadata.namespace ?? '';
  if (given === '') object.metadata.namespace = namespace;
  else if (given !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

export function stampNew(core: ServerCore, object: KubeObject): void {
  const { metadata } = object;
  metadata.uid = newUid(core.random);
  metadata.creationTimestamp = rfc3339(core.clock.now());
}

/** What no client may say of an object it creates; nobody owns it either. */
export function wipeSystemFields({ metadata }: KubeObject): void {
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
}

/** Everything but metadata and status: what a change of bumps the generation. */
function defaultGenerationInput(object: KubeObject): unknown {
  const { metadata: _metadata, status: _status, ...rest } = object as KubeObject & { status?: unknown };
  const { kind: _kind, apiVersion: _apiVersion, ...input } = rest as KubeObject;
  return input;
}

export function bumpGeneration(
  next: KubeObject,
  old: KubeObject,
  input: (object: KubeObject) => unknown = defaultGenerationInput,
): void {
  if (!sameJson(input(next), input(old))) next.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

/** Upstream's answer when a client creates with a resourceVersion. */
export function resourceVersionOnCreate(): StatusError {
  const message = 'resourceVersion should not be set on objects to be created';
  return new StatusError({ reason: '', message, code: 500 });
}
