import type { VolumeAttachment } from '../../generated/storage-v1.ts';
import { keepStatus } from '../carry-over.ts';
import { age, boolean, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { type FieldError, forbiddenField, required } from '../field-error.ts';
import { checkDnsSubdomain, immutable, inRange } from '../validation/checks.ts';
import { validateDriverName } from './driver-name.ts';

const MAX_INT32 = 2_147_483_647;

function validate({ spec }: VolumeAttachment): FieldError[] {
  const { attacher, source, nodeName } = spec;
  const { persistentVolumeName: volume, inlineVolumeSpec: inline } = source;
  const path = 'spec.source';
  const exactlyOne = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
  const errors = attacher ? validateDriverName(attacher, 'spec.attacher') : [required('spec.attacher')];
  if (inline === undefined && volume === undefined) errors.push(required(path, exactlyOne));
  if (inline !== undefined && volume !== undefined) errors.push(forbiddenField(path, exactlyOne));
  if (inline === undefined && volume === '') {
    errors.push(required(`${path}.persistentVolumeName`, 'must specify non empty persistentVolumeName'));
  }
  if (inline === undefined && volume !== undefined) {
    errors.push(...checkDnsSubdomain(`${path}.persistentVolumeName`, volume));
  }
  if (inline && !inline.csi) {
    const why = 'has to be specified in the context of inline volumes';
    errors.push(required(`${path}.inlineVolumeSpec.csi`, why));
  }
  return [...errors, ...checkDnsSubdomain('spec.nodeName', nodeName)];
}

function validateStatus({ status }: VolumeAttachment): FieldError[] {
  return (['attachError', 'detachError'] as const).flatMap(field => {
    const code = status?.[field]?.errorCode;
    return code === undefined ? [] : inRange(`status.${field}.errorCode`, code, 0, MAX_INT32);
  });
}

/** As upstream's struct prints: it has no JSON names. */
const shown = ({ spec: { attacher, source, nodeName } }: VolumeAttachment) => ({
  Attacher: attacher,
  Source: {
    PersistentVolumeName: source.persistentVolumeName ?? null,
    InlineVolumeSpec: source.inlineVolumeSpec ?? null,
  },
  NodeName: nodeName,
});

export const volumeAttachment = defineKind<VolumeAttachment>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  plural: 'volumeattachments',
  singular: 'volumeattachment',
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.VolumeAttachment',
  allowUnconditionalUpdate: false,

  prepareForCreate: o => {
    o.status = { attached: false };
  },
  prepareForUpdate: keepStatus,
  validate,
  validateUpdate: (next, old) => [...validate(next), ...immutable('spec', next.spec, old.spec, shown(next))],
  subresources: { status: { validateUpdate: validateStatus } },
  columns: [
    name,
    column('Attacher', o => o.spec.attacher, { format: 'name' }),
    column('PV', o => o.spec.source.persistentVolumeName ?? ''),
    column('Node', o => o.spec.nodeName),
    boolean('Attached', o => o.status?.attached ?? false),
    age,
  ],
});
