/**
 * StorageObjectInUseProtection: what is stored on gets a finalizer from the start, so that deleting it
 * waits until nothing uses it (the controllers in src/controllers/volume-protection take it away).
 */
import type { AdmissionPlugin } from './chain.ts';

const FINALIZERS: Readonly<Record<string, string>> = {
  '/persistentvolumes': 'kubernetes.io/pv-protection',
  '/persistentvolumeclaims': 'kubernetes.io/pvc-protection',
  'storage.k8s.io/volumeattributesclasses': 'kubernetes.io/vac-protection',
};

export const storageObjectProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  admit({ operation, resource, subresource, object }) {
    const { group, resource: plural } = resource.named;
    const finalizer = FINALIZERS[`${group}/${plural}`];
    if (operation !== 'CREATE' || subresource !== '' || !finalizer || !object) return;
    const { metadata } = object;
    if (!metadata.finalizers?.includes(finalizer))
      metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
  },
};
