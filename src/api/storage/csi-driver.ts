import type { CSIDriver } from '../../generated/storage-v1.ts';
import { age, boolean, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';

export const csiDriver = defineKind<CSIDriver>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  plural: 'csidrivers',
  singular: 'csidriver',
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.CSIDriver',
  tracksGeneration: true,
  allowUnconditionalUpdate: false,
  columns: [
    name,
    boolean('AttachRequired', o => o.spec.attachRequired ?? true),
    boolean('PodInfoOnMount', o => o.spec.podInfoOnMount ?? false),
    boolean('StorageCapacity', o => o.spec.storageCapacity ?? false),
    column('TokenRequests', o => o.spec.tokenRequests?.map(t => t.audience).join(',') ?? '<unset>'),
    boolean('RequiresRepublish', o => o.spec.requiresRepublish ?? false),
    column('Modes', o => o.spec.volumeLifecycleModes?.join(',') || '<none>'),
    age,
  ],
});
