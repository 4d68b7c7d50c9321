/** PartialObjectMetadata: any object, its metadata only (API reference, meta.k8s.io/v1). */
import type { KindDefinition } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import type { ObjectMeta } from '../../generated/meta-v1.ts';

/** Without a definition: of an object that is answered only, such as a Scale. */
export function partialObjectMetadata(
  { metadata }: KubeObject,
  definition?: Pick<KindDefinition, 'fieldAnnotations'>,
): KubeObject {
  const hidden = definition?.fieldAnnotations ?? [];
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1',
    metadata: hidden.some(key => metadata.annotations?.[key] !== undefined)
      ? withoutAnnotations(metadata, hidden)
      : metadata,
  };
}

function withoutAnnotations(metadata: ObjectMeta, hidden: readonly string[]): ObjectMeta {
  const { annotations = {}, ...rest } = metadata;
  const shown = Object.entries(annotations).filter(([key]) => !hidden.includes(key));
  return shown.length > 0 ? { ...rest, annotations: Object.fromEntries(shown) } : rest;
}
