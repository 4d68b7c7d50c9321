import type { KubeObject } from '../../api/object.ts';

/** The Status that binding and eviction answer with. */
export function created(): KubeObject {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } as KubeObject;
}
