import type { DeviceClass } from '../../generated/resource-v1.ts';
import { age, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { at, type FieldError, invalidValue, tooMany } from '../field-error.ts';
import { isExtendedResource } from '../validation/resource-names.ts';
import { validateOpaque, validateSelectors } from './devices.ts';

const CONFIG_MAX = 32;

function validate({ spec }: DeviceClass): FieldError[] {
  const errors = validateSelectors(spec.selectors, 'spec.selectors');
  const config = spec.config ?? [];
  if (config.length > CONFIG_MAX) errors.push(tooMany('spec.config', config.length, CONFIG_MAX));
  config.forEach(({ opaque }, i) => {
    errors.push(...validateOpaque(opaque, `${at('spec.config', i)}.opaque`));
  });
  const name = spec.extendedResourceName;
  if (name !== undefined && !isExtendedResource(name)) {
    errors.push(invalidValue('spec.extendedResourceName', name, 'must be a valid extended resource name'));
  }
  return errors;
}

export const deviceClass = defineKind<DeviceClass>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'DeviceClass',
  plural: 'deviceclasses',
  singular: 'deviceclass',
  namespaced: false,
  schema: 'io.k8s.api.resource.v1.DeviceClass',
  tracksGeneration: true,
  generationInput: ({ spec, metadata }) => ({ spec, labels: metadata.labels }),
  validate,
  columns: [name, age],
});
