import type { VolumeAttachment } from '../../generated/storage-v1.ts';
import { keepStatus } from '../carry-over.ts';
import { age, boolean, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { type FieldError, forbiddenField, required, tooLong } from '../field-error.ts';
import { checkDnsSubdomain, immutable, inRange } from '../validation/checks.ts';
import { validateDriverName } from '../validation/driver-name.ts';

const MAX_INT32 = 2_147_483_647;
const MAX_METADATA_BYTES = 256 * 1024;
const MAX_MESSAGE_BYTES = 1024;

function validate({ spec }: VolumeAttachment): FieldError[] {
  const { attacher, source, nodeName } = spec;
  const { persistentVolumeName: volume, inlineVolumeSpec: inline } = source;
  const path = 'spec.source';
  const exactlyOne = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
  const errors = attacher ? [] : [required('spec.attacher')];
  if (inline === undefined && volume === undefined) errors.push(required(path, exactlyOne));
  if (inline !== undefined && volume !== undefined) errors.push(forbiddenField(path, exactlyOne));
  if (inline === undefined && volume === '') {
    errors.push(required(`${path}.persistentVolumeName`, 'must specify non empty persistentVolumeName'));
  }
  if (inline && volume === undefined && !inline.csi) {
    const why = 'has to be specified in the context of inline volumes';
    errors.push(required(`${path}.inlineVolumeSpec.csi`, why));
  }
  return [...errors, ...checkDnsSubdomain('spec.nodeName', nodeName)];
}

/** What v1 asks of new attachments beyond what older versions asked; upstream looks at it last. */
function validateNew({ spec: { attacher, source } }: VolumeAttachment): FieldError[] {
  const volume = source.persistentVolumeName;
  return [
    ...(attacher ? validateDriverName(attacher, 'spec.attacher') : []),
    ...(volume === undefined ? [] : checkDnsSubdomain('spec.source.persistentVolumeName', volume)),
  ];
}

/** A message that is too long is told the bound of the metadata, as upstream tells it. */
function validateStatus({ status }: VolumeAttachment): FieldError[] {
  const bytes = Object.entries(status?.attachmentMetadata ?? {}).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  return [
    ...(bytes > MAX_METADATA_BYTES ? [tooLong('status.attachmentMetadata', MAX_METADATA_BYTES)] : []),
    ...(['attachError', 'detachError'] as const).flatMap(field => {
      const { message = '', errorCode } = status?.[field] ?? {};
      return [
        ...(Buffer.byteLength(message) > MAX_MESSAGE_BYTES
          ? [tooLong(`status.${field}.message`, MAX_METADATA_BYTES)]
          : []),
        ...(errorCode === undefined ? [] : inRange(`status.${field}.errorCode`, errorCode, 0, MAX_INT32)),
      ];
    }),
  ];
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
  validate: o => [...validate(o), ...validateNew(o)],
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
