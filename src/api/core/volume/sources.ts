/** What a PersistentVolume is made of: exactly one source, most of which pods know, too. */
import { posix } from 'node:path';
import type { PersistentVolume, PersistentVolumeSpec, Volume } from '../../../generated/core-v1.ts';
import { child, type FieldError, forbiddenField, notSupported, required } from '../../field-error.ts';
import { validateDriverName } from '../../validation/driver-name.ts';
import * as network from '../pod-volumes/network.ts';
import { HOST_PATH_TYPES, noBacksteps } from '../pod-volumes/paths.ts';

type Check = (spec: PersistentVolumeSpec, path: string) => FieldError[];
type PodCheck = (volume: Volume, path: string) => FieldError[];

/** The sources of pods and volumes differ in how they name secrets, which those checks do not look at. */
const likeInPods =
  (check: PodCheck): Check =>
  (spec, path) =>
    check({ ...spec, name: '' } as unknown as Volume, path);

/** In the order upstream looks at them; the third is the path of the check where it is not the field's name. */
const SOURCES: readonly (readonly [keyof PersistentVolumeSpec, Check, string?])[] = [
  ['hostPath', validateHostPath],
  ['gcePersistentDisk', likeInPods(network.validateGcePersistentDisk), 'persistentDisk'],
  ['awsElasticBlockStore', likeInPods(network.validateAwsElasticBlockStore)],
  ['glusterfs', likeInPods(network.validateGlusterfs)],
  ['flocker', likeInPods(network.validateFlocker)],
  ['nfs', likeInPods(network.validateNfs)],
  ['rbd', likeInPods(network.validateRbd)],
  ['quobyte', likeInPods(network.validateQuobyte)],
  ['cephfs', likeInPods(network.validateCephfs)],
  ['iscsi', likeInPods((volume, path) => network.validateIscsi(volume, path, 'must be valid format'))],
  ['cinder', likeInPods(network.validateCinder)],
  ['fc', likeInPods(network.validateFc)],
  ['flexVolume', likeInPods(network.validateFlexVolume)],
  ['azureFile', likeInPods(network.validateAzureFile)],
  ['vsphereVolume', likeInPods(network.validateVsphere)],
  ['photonPersistentDisk', likeInPods(network.validatePhoton)],
  ['portworxVolume', likeInPods(network.validatePortworx)],
  ['azureDisk', likeInPods(network.validateAzureDisk)],
  ['scaleIO', likeInPods(network.validateScaleIO)],
  ['local', validateLocal],
  ['storageos', likeInPods(network.validateStorageos)],
  ['csi', validateCsi],
];

export const SOURCE_FIELDS: readonly (keyof PersistentVolumeSpec)[] = SOURCES.map(([field]) => field);

export function validateSources({ spec }: PersistentVolume): FieldError[] {
  const present = SOURCES.filter(([field]) => spec?.[field] !== undefined);
  if (!spec || present.length === 0) return [required('spec', 'must specify a volume type')];
  return present.flatMap(([field, check, name = field], i) => {
    // Upstream never refuses a flexVolume beside another source.
    if (i === 0 || field === 'flexVolume') return check(spec, child('spec', name));
    const refused = child('spec', field === 'cephfs' ? 'cephFS' : field);
    return [forbiddenField(refused, 'may not specify more than 1 volume type')];
  });
}

function validateHostPath({ hostPath }: PersistentVolumeSpec, path: string): FieldError[] {
  if (!hostPath) return [];
  const { path: directory, type = '' } = hostPath;
  return [
    ...(directory ? [] : [required(child(path, 'path'))]),
    ...noBacksteps(child(path, 'path'), directory),
    ...(HOST_PATH_TYPES.includes(type) ? [] : [notSupported(child(path, 'type'), type, HOST_PATH_TYPES)]),
  ];
}

function validateLocal({ local, nodeAffinity }: PersistentVolumeSpec, path: string): FieldError[] {
  const errors = local?.path ? noBacksteps(child(path, 'path'), local.path) : [required(child(path, 'path'))];
  const why = 'Local volume requires node affinity';
  return nodeAffinity ? errors : [...errors, required('spec.nodeAffinity', why)];
}

/** Upstream does not look at nodeStageSecretRef. */
const SECRETS = [
  'controllerPublishSecretRef',
  'nodePublishSecretRef',
  'controllerExpandSecretRef',
  'nodeExpandSecretRef',
] as const;

function validateCsi({ csi }: PersistentVolumeSpec, path: string): FieldError[] {
  if (!csi) return [];
  const errors = validateDriverName(csi.driver, child(path, 'driver'));
  if (!csi.volumeHandle) errors.push(required(child(path, 'volumeHandle')));
  for (const secret of SECRETS) {
    const reference = csi[secret];
    if (!reference) continue;
    if (!reference.name) errors.push(required(child(path, `${secret}.name`)));
    if (!reference.namespace) errors.push(required(child(path, `${secret}.namespace`)));
  }
  return errors;
}

/** Recycling would empty the whole host. */
export function validateRecycling({ spec }: PersistentVolume): FieldError[] {
  const root = spec?.hostPath?.path && posix.normalize(spec.hostPath.path) === '/';
  return root && spec.persistentVolumeReclaimPolicy === 'Recycle'
    ? [
        forbiddenField(
          'spec.persistentVolumeReclaimPolicy',
          "may not be 'recycle' for a hostPath mount of '/'",
        ),
      ]
    : [];
}
