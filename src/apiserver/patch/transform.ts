/** What a patch does to an object, whichever way it came: as a request's body or in process. */
import type { KubeObject } from '../../api/object.ts';
import { StatusError, badRequest } from '../../api/status-error.ts';
import { clone } from '../operations/clone.ts';
import type { Transform } from '../operations/update.ts';
import type { Resource } from '../registry/resource.ts';
import { jsonPatch } from './json.ts';
import { mergePatch } from './merge.ts';
import { strategicMergePatch } from './strategic.ts';

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/** @throws StatusError 415 for server-side apply, which is not served yet */
export function patchTransform(resource: Resource, type: PatchType, body: unknown): Transform {
  if (type === 'apply')
    throw new StatusError({
      reason: 'UnsupportedMediaType',
      message: 'server-side apply is not served yet: use kubectl apply without --server-side',
    });
  return old => asObject(resource, apply(resource, type, clone(old), body));
}

function apply(resource: Resource, type: PatchType, document: KubeObject, body: unknown): unknown {
  if (type === 'json') return jsonPatch(document, body);
  if (type === 'merge') return mergePatch(document, body);
  return strategicMergePatch(document, body, resource.definition.schema);
}

function asObject(resource: Resource, value: unknown): KubeObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest('the patched document is not an object');
  const object = value as KubeObject;
  object.metadata ??= {};
  object.kind = resource.definition.kind;
  object.apiVersion = resource.apiVersion;
  return object;
}
