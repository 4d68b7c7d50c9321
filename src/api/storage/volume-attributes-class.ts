import type { VolumeAttributesClass } from '../../generated/storage-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { type FieldError, forbiddenField, required } from '../field-error.ts';
import { checkQualifiedName, semanticEqual } from '../validation/checks.ts';
import { validateParameters } from './parameters.ts';

function validate({ driverName, parameters = {} }: VolumeAttributesClass): FieldError[] {
  const errors = driverName
    ? checkQualifiedName('driverName', driverName.toLowerCase())
    : [required('driverName')];
  if (Object.keys(parameters).length === 0) {
    return [...errors, required('parameters', 'must contain at least one key/value pair')];
  }
  return [...errors, ...validateParameters(parameters)];
}

function validateUpdate(next: VolumeAttributesClass, old: VolumeAttributesClass): FieldError[] {
  const fixed = (field: 'driverName' | 'parameters') =>
    semanticEqual(next[field], old[field])
      ? []
      : [forbiddenField(field, `updates to ${field} are forbidden.`)];
  return [...fixed('driverName'), ...fixed('parameters'), ...validate(next)];
}

export const volumeAttributesClass = defineKind<VolumeAttributesClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttributesClass',
  plural: 'volumeattributesclasses',
  singular: 'volumeattributesclass',
  shortNames: ['vac'],
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.VolumeAttributesClass',
  validate,
  validateUpdate,
  columns: [name, column('DriverName', o => o.driverName), age],
});
