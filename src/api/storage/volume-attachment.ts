import type { VolumeAttachment } from '../../generated/storage-v1.ts';
import { age, boolean, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';

export const volumeAttachment = defineKind<VolumeAttachment>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  plural: 'volumeattachments',
  singular: 'volumeattachment',
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.VolumeAttachment',
  allowUnconditionalUpdate: false,

  subresources: { status: {} },
  columns: [
    name,
    column('Attacher', o => o.spec.attacher, { format: 'name' }),
    column('PV', o => o.spec.source.persistentVolumeName ?? ''),
    column('Node', o => o.spec.nodeName),
    boolean('Attached', o => o.status?.attached ?? false),
    age,
  ],
});
