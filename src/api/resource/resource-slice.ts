import type { ResourceSlice } from '../../generated/resource-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import type { FieldError } from '../field-error.ts';
import { immutable } from '../validation/checks.ts';
import { validateSliceSpec } from './slice-spec.ts';

/** Who publishes the slice, of what pool and for which node stays as it was. */
function validateUpdate({ spec }: ResourceSlice, { spec: old }: ResourceSlice): FieldError[] {
  return validateSliceSpec(spec, 'spec', [
    ...immutable('spec.pool.name', spec.pool.name, old.pool.name),
    ...immutable('spec.driver', spec.driver, old.driver),
    ...immutable('spec.nodeName', spec.nodeName, old.nodeName),
  ]);
}

export const resourceSlice = defineKind<ResourceSlice>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceSlice',
  plural: 'resourceslices',
  singular: 'resourceslice',
  namespaced: false,
  schema: 'io.k8s.api.resource.v1.ResourceSlice',
  tracksGeneration: true,
  validate: ({ spec }) => validateSliceSpec(spec, 'spec'),
  validateUpdate,
  selectableFields: {
    'spec.nodeName': o => o.spec.nodeName ?? '',
    'spec.driver': o => o.spec.driver,
  },
  fieldRefusal: field => `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${field}`,
  columns: [
    name,
    column('Node', o => o.spec.nodeName ?? ''),
    column('Driver', o => o.spec.driver),
    column('Pool', o => o.spec.pool.name),
    age,
  ],
});
