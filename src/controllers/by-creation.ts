import type { KubeObject } from '../api/object.ts';

/** Orders objects of one namespace from the oldest to the newest; of those of one second by name. */
export function byCreation(a: KubeObject, b: KubeObject): number {
  const left = a.metadata.creationTimestamp ?? '';
  const right = b.metadata.creationTimestamp ?? '';
  if (left !== right) return left < right ? -1 : 1;
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}
