/** Volumes on network storage. Most are kept for old clients: today CSI drivers serve them. */
import type { Volume } from '../../../generated/core-v1.ts';
import { at, child, type FieldError, invalidValue, notSupported, required } from '../../field-error.ts';
import { checkDnsLabel, entriesOf, inRange, optionalEnumeration } from '../../validation/checks.ts';

/** Errors for those of the named fields that are empty. */
function needed(source: object | undefined, path: string, ...fields: readonly string[]): FieldError[] {
  const values = (source ?? {}) as Record<string, unknown>;
  return fields
    .filter(field => {
      const value = values[field];
      return (
        value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
      );
    })
    .map(field => required(child(path, field)));
}

function validatePartition(partition: number | undefined, path: string): FieldError[] {
  const value = partition ?? 0;
  // Zero means the whole disk; the message says otherwise.
  return value >= 0 && value <= 255
    ? []
    : [invalidValue(path, value, 'must be between 1 and 255, inclusive')];
}

export function validateGcePersistentDisk({ gcePersistentDisk: disk }: Volume, path: string): FieldError[] {
  return [...needed(disk, path, 'pdName'), ...validatePartition(disk?.partition, child(path, 'partition'))];
}

export function validateAwsElasticBlockStore(
  { awsElasticBlockStore: disk }: Volume,
  path: string,
): FieldError[] {
  return [...needed(disk, path, 'volumeID'), ...validatePartition(disk?.partition, child(path, 'partition'))];
}

export function validateNfs({ nfs }: Volume, path: string): FieldError[] {
  const errors = needed(nfs, path, 'server', 'path');
  const directory = nfs?.path ?? '';
  // An empty path is missing and not absolute, both.
  if (!directory.startsWith('/'))
    errors.push(invalidValue(child(path, 'path'), directory, 'must be an absolute path'));
  return errors;
}

const IQN = /iqn\.\d{4}-\d{2}\.([0-9A-Za-z.-]+)(:[^,;*&$|\s]+)$/;
// Upstream's dots stand for any character.
const EUI = /^eui.[0-9A-Za-z]{16}$/;
const NAA = /^naa.[0-9A-Za-z]{32}$/;

function validateIqn(iqn: string, path: string, unknown: string): FieldError[] {
  const rule = { iqn: IQN, eui: EUI, naa: NAA }[iqn.slice(0, 3)];
  if (!rule) return [invalidValue(path, iqn, unknown)];
  return rule.test(iqn) ? [] : [invalidValue(path, iqn, 'must be valid format')];
}

const ANY_IQN = 'must be valid format starting with iqn, eui, or naa';

const INITIATOR_MAX = 64;

/** Of a pod's volume; the initiator's name is made of the volume's name and the portal. */
export function validatePodIscsi(volume: Volume, path: string): FieldError[] {
  const { name, iscsi } = volume;
  const errors = validateIscsi(volume, path);
  if (iscsi?.initiatorName === undefined) return errors;
  const length = Buffer.byteLength(`${name}:${iscsi.targetPortal}`);
  const why =
    'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';
  if (length > INITIATOR_MAX) errors.push(invalidValue(path.replace(/iscsi$/, 'name'), name, why));
  return errors;
}

/** `unknown`: what is said of a name that starts with none of the prefixes. */
export function validateIscsi({ iscsi }: Volume, path: string, unknown = ANY_IQN): FieldError[] {
  const errors = needed(iscsi, path, 'targetPortal', 'iqn');
  if (!iscsi) return errors;
  if (iscsi.iqn) errors.push(...validateIqn(iscsi.iqn, child(path, 'iqn'), unknown));
  errors.push(...inRange(child(path, 'lun'), iscsi.lun, 0, 255));
  if ((iscsi.chapAuthDiscovery || iscsi.chapAuthSession) && !iscsi.secretRef) {
    errors.push(required(child(path, 'secretRef')));
  }
  if (iscsi.initiatorName !== undefined) {
    errors.push(...validateIqn(iscsi.initiatorName, child(path, 'initiatorname'), unknown));
  }
  return errors;
}

export function validateGlusterfs({ glusterfs }: Volume, path: string): FieldError[] {
  return needed(glusterfs, path, 'endpoints', 'path');
}

export function validateFlocker({ flocker }: Volume, path: string): FieldError[] {
  const { datasetName, datasetUUID } = flocker ?? {};
  const errors: FieldError[] = [];
  if (!datasetName && !datasetUUID) {
    errors.push(required(path, 'one of datasetName and datasetUUID is required'));
  }
  if (datasetName && datasetUUID) {
    errors.push(
      invalidValue(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously'),
    );
  }
  if (datasetName?.includes('/')) {
    errors.push(invalidValue(child(path, 'datasetName'), datasetName, "must not contain '/'"));
  }
  return errors;
}

export function validateRbd({ rbd }: Volume, path: string): FieldError[] {
  return needed(rbd, path, 'monitors', 'image');
}

export function validateCinder({ cinder }: Volume, path: string): FieldError[] {
  const errors = needed(cinder, path, 'volumeID');
  if (cinder?.secretRef && !cinder.secretRef.name) errors.push(required(child(path, 'secretRef.name')));
  return errors;
}

export function validateCephfs({ cephfs }: Volume, path: string): FieldError[] {
  return needed(cephfs, path, 'monitors');
}

const HOST_PORT = /^(\[[^[\]]*\]|[^:[\]]*):[^:[\]]*$/;

export function validateQuobyte({ quobyte }: Volume, path: string): FieldError[] {
  const pairs = 'must be a host:port pair or multiple pairs separated by commas';
  const registry = quobyte?.registry ?? '';
  const errors: FieldError[] = [];
  if (registry === '') errors.push(required(child(path, 'registry'), pairs));
  else if ((quobyte?.tenant ?? '').length >= 65) {
    errors.push(
      required(child(path, 'tenant'), 'must be a UUID and may not exceed a length of 64 characters'),
    );
  } else {
    const wrong = registry.split(',').filter(pair => !HOST_PORT.test(pair));
    errors.push(...wrong.map(() => invalidValue(child(path, 'registry'), registry, pairs)));
  }
  return [...errors, ...needed(quobyte, path, 'volume')];
}

export function validateFc({ fc }: Volume, path: string): FieldError[] {
  const { targetWWNs = [], wwids = [], lun } = fc ?? {};
  const either = 'must specify either targetWWNs or wwids, but not both';
  const here = child(path, 'targetWWNs');
  const errors: FieldError[] = [];
  if (targetWWNs.length === 0 && wwids.length === 0) errors.push(required(here, either));
  if (targetWWNs.length > 0 && wwids.length > 0)
    errors.push(invalidValue(here, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously'));
  if (targetWWNs.length > 0) {
    if (lun === undefined) {
      errors.push(required(child(path, 'lun'), 'lun is required if targetWWNs is specified'));
    } else {
      errors.push(...inRange(child(path, 'lun'), lun, 0, 255));
    }
  }
  return errors;
}

export function validateFlexVolume({ flexVolume }: Volume, path: string): FieldError[] {
  const errors = needed(flexVolume, path, 'driver');
  for (const [key] of entriesOf(flexVolume?.options)) {
    if (/\.(kubernetes|k8s)\.io$/.test(`.${key.split('/')[0]?.toLowerCase()}`)) {
      errors.push(
        invalidValue(
          at(child(path, 'options'), key),
          key,
          'kubernetes.io and k8s.io namespaces are reserved',
        ),
      );
    }
  }
  return errors;
}

export function validateAzureFile({ azureFile }: Volume, path: string): FieldError[] {
  return needed(azureFile, path, 'secretName', 'shareName');
}

export function validateVsphere({ vsphereVolume }: Volume, path: string): FieldError[] {
  return needed(vsphereVolume, path, 'volumePath');
}

export function validatePhoton({ photonPersistentDisk }: Volume, path: string): FieldError[] {
  return needed(photonPersistentDisk, path, 'pdID');
}

export function validatePortworx({ portworxVolume }: Volume, path: string): FieldError[] {
  return needed(portworxVolume, path, 'volumeID');
}

const CACHING_MODES = ['None', 'ReadOnly', 'ReadWrite'];
const MANAGED_URI =
  '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';
const BLOB_URI = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';

export function validateAzureDisk({ azureDisk }: Volume, path: string): FieldError[] {
  const errors = needed(azureDisk, path, 'diskName', 'diskURI');
  if (!azureDisk) return errors;
  errors.push(
    ...optionalEnumeration(child(path, 'cachingMode'), azureDisk.cachingMode, CACHING_MODES),
    ...optionalEnumeration(child(path, 'kind'), azureDisk.kind, ['Dedicated', 'Managed', 'Shared']),
  );
  const uri = child(path, 'diskURI');
  if (azureDisk.kind === 'Managed' && !azureDisk.diskURI.startsWith('/subscriptions/')) {
    errors.push(notSupported(uri, azureDisk.diskURI, [MANAGED_URI]));
  }
  if (azureDisk.kind !== 'Managed' && !azureDisk.diskURI.startsWith('https://')) {
    errors.push(notSupported(uri, azureDisk.diskURI, [BLOB_URI]));
  }
  return errors;
}

export function validateStorageos({ storageos }: Volume, path: string): FieldError[] {
  const errors = needed(storageos, path, 'volumeName');
  for (const field of ['volumeName', 'volumeNamespace'] as const) {
    const value = storageos?.[field];
    if (value) errors.push(...checkDnsLabel(child(path, field), value));
  }
  if (storageos?.secretRef && !storageos.secretRef.name) {
    errors.push(required(child(path, 'secretRef.name')));
  }
  return errors;
}

export function validateScaleIO({ scaleIO }: Volume, path: string): FieldError[] {
  return needed(scaleIO, path, 'gateway', 'system', 'volumeName');
}
