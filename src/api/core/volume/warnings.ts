/** Warnings about volumes and claims that are accepted (upstream's api/persistentvolume and persistentvolumeclaim). */
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeSpec,
} from '../../../generated/core-v1.ts';
import { at, child } from '../../field-error.ts';
import { quantityMilliValue } from '../../quantity.ts';
import { termWarnings } from '../node/label-warnings.ts';
import { CLASS_ANNOTATION } from './columns.ts';

const MOUNT_OPTIONS = 'volume.beta.kubernetes.io/mount-options';
/** Sources that left the tree, and since when they do nothing. */
const GONE: Readonly<Partial<Record<keyof PersistentVolumeSpec, string>>> = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
};

function annotationWarning(
  { metadata }: PersistentVolume | PersistentVolumeClaim,
  key: string,
  since: string,
  attribute: string,
): string[] {
  return metadata.annotations?.[key] === undefined
    ? []
    : [`metadata.annotations[${key}]: deprecated since ${since}; use "${attribute}" attribute instead`];
}

export function volumeWarnings(volume: PersistentVolume): string[] {
  const { spec } = volume;
  if (!spec) return [];
  const recycle =
    'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.';
  const terms = 'spec.nodeAffinity.required.nodeSelectorTerms';
  return [
    ...annotationWarning(volume, CLASS_ANNOTATION, 'v1.8', 'storageClassName'),
    ...annotationWarning(volume, MOUNT_OPTIONS, 'v1.31', 'mountOptions'),
    ...(spec.persistentVolumeReclaimPolicy === 'Recycle' ? [recycle] : []),
    ...(spec.nodeAffinity?.required?.nodeSelectorTerms ?? []).flatMap((term, i) =>
      termWarnings(term, at(terms, i), false),
    ),
    ...Object.entries(GONE).flatMap(([field, since]) => (field in spec ? [`spec.${field}: ${since}`] : [])),
  ];
}

export function claimWarnings(claim: PersistentVolumeClaim): string[] {
  return [
    ...annotationWarning(claim, CLASS_ANNOTATION, 'v1.8', 'storageClassName'),
    ...claimSpecWarnings(claim.spec, 'spec'),
  ];
}

export function claimSpecWarnings(spec: PersistentVolumeClaimSpec | undefined, path: string): string[] {
  return (['requests', 'limits'] as const).flatMap(kind => {
    const amount = spec?.resources?.[kind]?.storage;
    if (amount === undefined || quantityMilliValue(amount) % 1000n === 0n) return [];
    const where = at(child(path, `resources.${kind}`), 'storage');
    return [`${where}: fractional byte value ${JSON.stringify(amount)} is invalid, must be an integer`];
  });
}
