/** PartialObjectMetadata: any object, its metadata only (API reference, meta.k8s.io/v1). */
import type { KubeObject } from '../../api/object.ts';

export function partialObjectMetadata(object: KubeObject): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}
