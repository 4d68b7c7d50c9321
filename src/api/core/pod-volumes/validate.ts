/** Volumes of a pod: names, one source each, and the sources that are no network storage. */
import type { Volume } from '../../../generated/core-v1.ts';
import type { ObjectMeta } from '../../../generated/meta-v1.ts';
import {
  at,
  child,
  duplicate,
  type FieldError,
  forbiddenField,
  required,
  tooLong,
} from '../../field-error.ts';
import { DNS_LABEL_MAX, dnsSubdomain } from '../../meta/names.ts';
import { compareQuantities } from '../../quantity.ts';
import { checkDnsLabel, checked, enumeration, optionalEnumeration } from '../../validation/checks.ts';
import type { VolumesByName } from '../pod-spec/env.ts';
import { validateEphemeral } from './ephemeral.ts';
import { validateItems, validateMode } from './key-to-path.ts';
import * as network from './network.ts';
import { HOST_PATH_TYPES, localDescendingPath, noBacksteps } from './paths.ts';
import { validateDownwardFiles, validateProjected } from './projected.ts';

type SourceCheck = (volume: Volume, path: string, meta: ObjectMeta | undefined) => FieldError[];

/** Checks of each source, in the order upstream looks at them; `path` is the source's own. */
const SOURCES: readonly (readonly [keyof Volume, SourceCheck])[] = [
  ['emptyDir', ({ emptyDir }, path) => validateSizeLimit(emptyDir?.sizeLimit, child(path, 'sizeLimit'))],
  ['hostPath', validateHostPath],
  ['gitRepo', validateGitRepo],
  ['gcePersistentDisk', network.validateGcePersistentDisk],
  ['awsElasticBlockStore', network.validateAwsElasticBlockStore],
  ['secret', validateSecret],
  ['nfs', network.validateNfs],
  ['iscsi', (volume, path) => network.validateIscsi(volume, path)],
  ['glusterfs', network.validateGlusterfs],
  ['flocker', network.validateFlocker],
  ['persistentVolumeClaim', validateClaim],
  ['rbd', network.validateRbd],
  ['cinder', network.validateCinder],
  ['cephfs', network.validateCephfs],
  ['quobyte', network.validateQuobyte],
  ['downwardAPI', ({ downwardAPI }, path) => validateDownwardFiles(downwardAPI, path)],
  ['fc', network.validateFc],
  ['flexVolume', network.validateFlexVolume],
  ['configMap', validateConfigMap],
  ['azureFile', network.validateAzureFile],
  ['vsphereVolume', network.validateVsphere],
  ['photonPersistentDisk', network.validatePhoton],
  ['portworxVolume', network.validatePortworx],
  ['azureDisk', network.validateAzureDisk],
  ['storageos', network.validateStorageos],
  ['projected', ({ projected }, path) => validateProjected(projected, path)],
  ['scaleIO', network.validateScaleIO],
  ['csi', validateCsi],
  ['ephemeral', validateEphemeral],
  ['image', validateImage],
];

/** Returns the volumes that are valid as well: mounts of others are not found, as upstream has it. */
export function validateVolumes(
  volumes: readonly Volume[],
  meta: ObjectMeta | undefined,
  path: string,
): { readonly errors: FieldError[]; readonly byName: VolumesByName } {
  const byName = new Map<string, Volume>();
  const errors: FieldError[] = [];
  volumes.forEach((volume, i) => {
    const here = at(path, i);
    const name = child(here, 'name');
    const found = validateSource(volume, here, meta);
    found.push(...(volume.name === '' ? [required(name)] : checkDnsLabel(name, volume.name)));
    if (byName.has(volume.name)) found.push(duplicate(name, volume.name));
    if (found.length === 0) byName.set(volume.name, volume);
    errors.push(...found);
  });
  return { errors, byName };
}

function validateSource(volume: Volume, path: string, meta: ObjectMeta | undefined): FieldError[] {
  const errors: FieldError[] = [];
  let found = false;
  for (const [field, check] of SOURCES) {
    if (volume[field] === undefined) continue;
    const here = child(path, field === 'gcePersistentDisk' ? 'persistentDisk' : field);
    if (found) errors.push(forbiddenField(here, 'may not specify more than 1 volume type'));
    else errors.push(...check(volume, here, meta));
    found = true;
  }
  return found ? errors : [required(path, 'must specify a volume type')];
}

function validateSizeLimit(limit: string | undefined, path: string): FieldError[] {
  return limit !== undefined && compareQuantities(limit, '0') < 0
    ? [forbiddenField(path, 'SizeLimit field must be a valid resource quantity')]
    : [];
}

function validateHostPath({ hostPath }: Volume, path: string): FieldError[] {
  const here = child(path, 'path');
  if (!hostPath?.path) return [required(here)];
  return [
    ...noBacksteps(here, hostPath.path),
    ...optionalEnumeration(child(path, 'type'), hostPath.type, HOST_PATH_TYPES),
  ];
}

function validateGitRepo({ gitRepo }: Volume, path: string): FieldError[] {
  const errors = gitRepo?.repository ? [] : [required(child(path, 'repository'))];
  return [...errors, ...localDescendingPath(child(path, 'directory'), gitRepo?.directory ?? '')];
}

function validateSecret({ secret }: Volume, path: string): FieldError[] {
  return [
    ...(secret?.secretName ? [] : [required(child(path, 'secretName'))]),
    ...validateMode(secret?.defaultMode, child(path, 'defaultMode')),
    ...validateItems(secret?.items ?? [], child(path, 'items')),
  ];
}

function validateConfigMap({ configMap }: Volume, path: string): FieldError[] {
  return [
    ...(configMap?.name ? [] : [required(child(path, 'name'))]),
    ...validateMode(configMap?.defaultMode, child(path, 'defaultMode')),
    ...validateItems(configMap?.items ?? [], child(path, 'items')),
  ];
}

function validateClaim({ persistentVolumeClaim }: Volume, path: string): FieldError[] {
  return persistentVolumeClaim?.claimName ? [] : [required(child(path, 'claimName'))];
}

function validateCsi({ csi }: Volume, path: string): FieldError[] {
  const errors = validateDriverName(csi?.driver ?? '', child(path, 'driver'));
  if (csi?.nodePublishSecretRef && !csi.nodePublishSecretRef.name) {
    errors.push(required(child(child(path, 'nodePublishSecretRef'), 'name')));
  }
  return errors;
}

function validateDriverName(driver: string, path: string): FieldError[] {
  if (driver === '') return [required(path)];
  const errors = driver.length > DNS_LABEL_MAX ? [tooLong(path, DNS_LABEL_MAX)] : [];
  return [...errors, ...checked(path, driver, v => dnsSubdomain(v.toLowerCase()))];
}

function validateImage({ image }: Volume, path: string): FieldError[] {
  return [
    ...(image?.reference ? [] : [required(child(path, 'reference'))]),
    ...enumeration(child(path, 'pullPolicy'), image?.pullPolicy, ['Always', 'IfNotPresent', 'Never']),
  ];
}
