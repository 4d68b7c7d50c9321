/** What a patch does to an object, whichever way it came: as a request's body or in process. */
import type { KindDefinition } from '../../api/kind.ts';
import { apiVersionOf, type KubeObject } from '../../api/object.ts';
import { clone } from '../operations/clone.ts';
import type { Transform } from '../operations/update.ts';
import { type JsonPatchOperation, jsonPatch } from './json.ts';
import { mergePatch } from './merge.ts';
import { strategicMergePatch } from './strategic.ts';

export type PatchedKind = Pick<KindDefinition, 'group' | 'version' | 'kind' | 'schema'>;
/** Server-side apply stands for itself: apply/transform.ts. */
export type PatchType = 'json' | 'merge' | 'strategic';

/** The patched object as it comes out: whoever takes bodies from outside decodes it again. */
export function patchTransform(kind: PatchedKind, type: PatchType, body: unknown): Transform {
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
