/** Kinds whose DELETE answers the object even when it is gone at once; the others answer a Status. */
import type { KindDefinition } from '../../api/kind.ts';

const ANSWERED_WITH_OBJECT = new Set([
  '/persistentvolumeclaims',
  '/persistentvolumes',
  '/pods',
  '/podtemplates',
  '/resourcequotas',
  '/serviceaccounts',
  '/services',
  'resource.k8s.io/deviceclasses',
  'resource.k8s.io/resourceclaims',
  'resource.k8s.io/resourceclaimtemplates',
  'resource.k8s.io/resourceslices',
  'storage.k8s.io/csidrivers',
  'storage.k8s.io/csinodes',
  'storage.k8s.io/storageclasses',
  'storage.k8s.io/volumeattachments',
  'storage.k8s.io/volumeattributesclasses',
]);

export function returnsDeletedObject({ group, plural }: Pick<KindDefinition, 'group' | 'plural'>): boolean {
  return ANSWERED_WITH_OBJECT.has(`${group}/${plural}`);
}
