/** What the spec of a claim must be, of its own and in the volume of a pod: upstream ValidatePersistentVolumeClaimSpec. */
import type { PersistentVolumeClaimSpec, TypedObjectReference } from '../../../generated/core-v1.ts';
import { at, child, type FieldError, forbiddenField, invalidValue, required } from '../../field-error.ts';
import { validateLabelSelector } from '../../meta/labels.ts';
import { compareQuantities } from '../../quantity.ts';
import { checkDnsLabel, checkDnsSubdomain, optionalEnumeration } from '../../validation/checks.ts';

const MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const VOLUME_MODES = ['Block', 'Filesystem'];

export interface ClaimOptions {
  /** Of a claim that had a data source before apiGroups were checked. */
  readonly allowInvalidGroup?: boolean;
}

export function validateClaimSpec(
  spec: PersistentVolumeClaimSpec,
  path: string,
  { allowInvalidGroup = false }: ClaimOptions = {},
): FieldError[] {
  const { accessModes = [], selector, resources, storageClassName, volumeMode } = spec;
  const modes = child(path, 'accessModes');
  const errors: FieldError[] = [];
  if (accessModes.length === 0) errors.push(required(modes, 'at least 1 access mode is required'));
  errors.push(...validateLabelSelector(selector, child(path, 'selector')));
  for (const mode of accessModes) errors.push(...optionalEnumeration(modes, mode, MODES));
  const others = accessModes.filter(mode => MODES.includes(mode) && mode !== 'ReadWriteOncePod');
  if (accessModes.includes('ReadWriteOncePod') && others.length > 0)
    errors.push(forbiddenField(modes, 'may not use ReadWriteOncePod with other access modes'));
  const storage = resources?.requests?.storage;
  const storagePath = at(child(path, 'resources'), 'storage');
  if (storage === undefined) errors.push(required(storagePath));
  else if (compareQuantities(storage, '0') <= 0)
    errors.push(invalidValue(storagePath, storage, 'must be greater than zero'));
  if (storageClassName) errors.push(...checkDnsSubdomain(child(path, 'storageClassName'), storageClassName));
  errors.push(...optionalEnumeration(child(path, 'volumeMode'), volumeMode, VOLUME_MODES));
  for (const field of ['dataSource', 'dataSourceRef'] as const) {
    const source = spec[field];
    if (source) errors.push(...validateSource(source, child(path, field), allowInvalidGroup));
  }
  errors.push(...validateSources(spec, path));
  const { volumeAttributesClassName: attributes } = spec;
  if (attributes) errors.push(...checkDnsSubdomain(child(path, 'volumeAttributesClassName'), attributes));
  return errors;
}

function validateSource(
  source: TypedObjectReference,
  path: string,
  allowInvalidGroup: boolean,
): FieldError[] {
  const { apiGroup, kind, name, namespace } = source;
  const errors: FieldError[] = [];
  if (!name) errors.push(required(`${path}.name`));
  if (!kind) errors.push(required(`${path}.kind`));
  if (!apiGroup && kind !== 'PersistentVolumeClaim') {
    const why = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
    errors.push(invalidValue(path, kind, why));
  }
  if (apiGroup && !allowInvalidGroup) errors.push(...checkDnsSubdomain(`${path}.apiGroup`, apiGroup));
  if (namespace) errors.push(...checkDnsLabel(`${path}.namespace`, namespace));
  return errors;
}

/** Both say the same, or only the one that reaches into another namespace says something. */
function validateSources(
  { dataSource, dataSourceRef }: PersistentVolumeClaimSpec,
  path: string,
): FieldError[] {
  if (!dataSource || !dataSourceRef) return [];
  // Upstream gives a path for the value, which prints as an empty struct.
  if (dataSourceRef.namespace) {
    const why = 'may not be specified when dataSourceRef.namespace is specified';
    return [invalidValue(path, {}, why)];
  }
  const same = (['apiGroup', 'kind', 'name'] as const).every(
    part => dataSource[part] === dataSourceRef[part],
  );
  return same ? [] : [invalidValue(path, {}, 'must match dataSourceRef')];
}
