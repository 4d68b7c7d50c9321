/** What a patch does to an object, whichever way it came: as a request's body or in process. */
import type { KindDefinition } from '../../api/kind.ts';
import { apiVersionOf, type KubeObject } from '../../api/object.ts';
import { StatusError } from '../../api/status-error.ts';
import { clone } from '../operations/clone.ts';
import type { Transform } from '../operations/update.ts';
import { type JsonPatchOperation, jsonPatch } from './json.ts';
import { mergePatch } from './merge.ts';
import { strategicMergePatch } from './strategic.ts';

export type PatchedKind = Pick<KindDefinition, 'group' | 'version' | 'kind' | 'schema'>;
export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/**
 * The patched object as it comes out: whoever takes bodies from outside decodes it again.
 * @throws StatusError 415 for server-side apply, which is not served yet
 */
export function patchTransform(kind: PatchedKind, type: PatchType, body: unknown): Transform {
  if (type === 'apply')
    throw new StatusError({
      reason: 'UnsupportedMediaType',
      message: 'server-side apply is not served yet: use kubectl apply without --server-side',
    });
  return old => {
    const patched = apply(kind, type, clone(old), body) as KubeObject;
    patched.kind ??= kind.kind;
    patched.apiVersion ??= apiVersionOf(kind);
    return patched;
  };
}

function apply({ schema }: PatchedKind, type: PatchType, document: KubeObject, body: unknown): unknown {
  if (type === 'json') return jsonPatch(document, body as readonly JsonPatchOperation[]);
  if (type === 'merge') return mergePatch(document, body);
  return strategicMergePatch(document, body, schema);
}
