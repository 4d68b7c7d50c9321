/** What PersistentVolumes and PersistentVolumeClaims show alike. */

/** The class of volumes and claims from before spec.storageClassName; it still wins. */
export const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

const SHORT = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
] as const;

/** RWO,ROX,…: each once, in a fixed order. */
export function accessModes(modes: readonly string[] | undefined): string {
  return SHORT.filter(([mode]) => modes?.includes(mode))
    .map(([, short]) => short)
    .join(',');
}
