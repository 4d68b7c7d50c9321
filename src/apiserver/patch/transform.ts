/** What a patch does to an object, whichever way it came: as a request's body or in process. */
import type { KindDefinition } from '../../api/kind.ts';
import { apiVersionOf, type KubeObject } from '../../api/object.ts';
import { StatusError, badRequest } from '../../api/status-error.ts';
import { clone } from '../operations/clone.ts';
import type { Transform } from '../operations/update.ts';
import { jsonPatch } from './json.ts';
import { mergePatch } from './merge.ts';
import { strategicMergePatch } from './strategic.ts';

export type PatchedKind = Pick<KindDefinition, 'group' | 'version' | 'kind' | 'schema'>;
export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/** @throws StatusError 415 for server-side apply, which is not served yet */
export function patchTransform(kind: PatchedKind, type: PatchType, body: unknown): Transform {
  if (type === 'apply')
    throw new StatusError({
      reason: 'UnsupportedMediaType',
      message: 'server-side apply is not served yet: use kubectl apply without --server-side',
    });
  return old => asObject(kind, apply(kind, type, clone(old), body));
}

function apply(kind: PatchedKind, type: PatchType, document: KubeObject, body: unknown): unknown {
  if (type === 'json') return jsonPatch(document, body);
  if (type === 'merge') return mergePatch(document, body);
  return strategicMergePatch(document, body, kind.schema);
}

function asObject(kind: PatchedKind, value: unknown): KubeObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest('the patched document is not an object');
  const object = value as KubeObject;
  object.metadata ??= {};
  object.kind = kind.kind;
  object.apiVersion = apiVersionOf(kind);
  return object;
}
