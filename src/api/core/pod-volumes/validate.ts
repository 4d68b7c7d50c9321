/** Volumes of a pod: names, one source each, and the sources that are no network storage. */
import type { Volume } from '../../../generated/core-v1.ts';
import type { ObjectMeta } from '../../../generated/meta-v1.ts';
import {
  at,
  child,
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
  tooLong,
} from '../../field-error.ts';
import { DNS_LABEL_MAX, dnsSubdomain } from '../../meta/names.ts';
import { compareQuantities } from '../../quantity.ts';
import {
  checkDnsLabel,
  checkDnsSubdomain,
  checked,
  enumeration,
  optionalEnumeration,
} from '../../validation/checks.ts';
import type { VolumesByName } from '../pod-spec/mounts.ts';
import { claimName, validateEphemeral } from './ephemeral.ts';
import { validateItems, validateMode } from './key-to-path.ts';
import * as network from './network.ts';
import { HOST_PATH_TYPES, localDescendingPath, noBacksteps } from './paths.ts';
import { validateDownwardFiles, validateProjected } from './projected.ts';

/** What the checks of sources need to know of the pod. */
interface VolumesContext {
  /** The pod's own: templates have none. */
  readonly meta: ObjectMeta | undefined;
  readonly template: boolean;
}
type SourceCheck = (volume: Volume, path: string, context: VolumesContext) => FieldError[];

/** Checks of each source, in the order upstream looks at them; `path` is the source's own. */
const SOURCES: readonly (readonly [keyof Volume, SourceCheck])[] = [
  ['emptyDir', ({ emptyDir }, path) => validateSizeLimit(emptyDir?.sizeLimit, child(path, 'sizeLimit'))],
  ['hostPath', validateHostPath],
  ['gitRepo', validateGitRepo],
  ['gcePersistentDisk', network.validateGcePersistentDisk],
  ['awsElasticBlockStore', network.validateAwsElasticBlockStore],
  ['secret', validateSecret],
  ['nfs', network.validateNfs],
  ['iscsi', network.validatePodIscsi],
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
  ['ephemeral', (volume, path, { meta }) => validateEphemeral(volume, path, meta)],
  ['image', validateImage],
];

/** Returns the volumes that are valid as well: mounts of others are not found, as upstream has it. */
export function validateVolumes(
  volumes: readonly Volume[],
  path: string,
  context: VolumesContext,
): { readonly errors: FieldError[]; readonly byName: VolumesByName } {
  const byName = new Map<string, Volume>();
  const errors: FieldError[] = [];
  const { meta } = context;
  const made = new Set(meta?.name ? volumes.filter(v => v.ephemeral).map(v => claimName(meta, v.name)) : []);
  volumes.forEach((volume, i) => {
    const here = at(path, i);
    const name = child(here, 'name');
    const found = validateSource(volume, here, context);
    found.push(...(volume.name === '' ? [required(name)] : checkDnsLabel(name, volume.name)));
    if (byName.has(volume.name)) found.push(duplicate(name, volume.name));
    if (found.length === 0) byName.set(volume.name, volume);
    errors.push(...found);
    const claim = volume.persistentVolumeClaim?.claimName ?? '';
    if (made.has(claim)) {
      const why = 'must not reference a PVC that gets created for an ephemeral volume';
      errors.push(invalidValue(child(here, 'persistentVolumeClaim.claimName'), claim, why));
    }
  });
  return { errors, byName };
}

/** Paths that upstream spells in its own way: of a source that is one too many, and of the others. */
const SPELT_WHEN_FORBIDDEN: Readonly<Record<string, string>> = {
  cephfs: 'cephFS',
  downwardAPI: 'downwarAPI',
};
const SPELT: Readonly<Record<string, string>> = { gcePersistentDisk: 'persistentDisk' };

function validateSource(volume: Volume, path: string, context: VolumesContext): FieldError[] {
  const errors: FieldError[] = [];
  let found = false;
  for (const [field, check] of SOURCES) {
    if (volume[field] === undefined) continue;
    if (found) {
      const here = child(path, SPELT_WHEN_FORBIDDEN[field] ?? field);
      errors.push(forbiddenField(here, 'may not specify more than 1 volume type'));
    } else {
      errors.push(...check(volume, child(path, SPELT[field] ?? field), context));
    }
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
  const secret = csi?.nodePublishSecretRef;
  if (secret && !secret.name) errors.push(required(child(path, 'nodePublishSecretRef.name')));
  // Upstream's path leaves out the reference.
  if (secret?.name) errors.push(...checkDnsSubdomain(child(path, 'name'), secret.name));
  return errors;
}

function validateDriverName(driver: string, path: string): FieldError[] {
  if (driver === '') return [required(path)];
  const errors = driver.length > DNS_LABEL_MAX ? [tooLong(path, DNS_LABEL_MAX)] : [];
  return [...errors, ...checked(path, driver, v => dnsSubdomain(v.toLowerCase()))];
}

/** The image of a template's volume may be filled in when its pods are made. */
function validateImage({ image }: Volume, path: string, { template }: VolumesContext): FieldError[] {
  return [
    ...(image?.reference || template ? [] : [required(child(path, 'reference'))]),
    ...enumeration(child(path, 'pullPolicy'), image?.pullPolicy, ['Always', 'IfNotPresent', 'Never']),
  ];
}
