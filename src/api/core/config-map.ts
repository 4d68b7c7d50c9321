import type { ConfigMap } from '../../generated/core-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { at, type FieldError, invalidValue, tooLong } from '../field-error.ts';
import { decodedLength, MAX_DATA_BYTES, validateKeys, validateSealed } from '../validation/config-data.ts';

function validate({ data = {}, binaryData = {} }: ConfigMap): FieldError[] {
  const errors = [
    ...validateKeys(data, 'data'),
    ...Object.keys(binaryData)
      .filter(key => Object.hasOwn(data, key))
      .map(key => invalidValue(at('data', key), key, 'duplicate of key present in binaryData')),
    ...validateKeys(binaryData, 'binaryData'),
  ];
  const size =
    Object.values(data).reduce((sum, v) => sum + Buffer.byteLength(v), 0) +
    Object.values(binaryData).reduce((sum, v) => sum + decodedLength(v), 0);
  if (size > MAX_DATA_BYTES) errors.push(tooLong('', MAX_DATA_BYTES));
  return errors;
}

export const configMap = defineKind<ConfigMap>({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  singular: 'configmap',
  shortNames: ['cm'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ConfigMap',
  validate,
  validateUpdate: (next, old) => [...validateSealed(next, old, ['data', 'binaryData']), ...validate(next)],
  columns: [
    name,
    column('Data', o => Object.keys(o.data ?? {}).length + Object.keys(o.binaryData ?? {}).length),
    age,
  ],
});
