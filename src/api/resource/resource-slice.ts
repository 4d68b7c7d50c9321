import { rfc3339 } from '../../base/clock.ts';
import type { ResourceSlice } from '../../generated/resource-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import type { FieldError } from '../field-error.ts';
import type { StrategyContext } from '../kind.ts';
import { entriesOf, immutable } from '../validation/checks.ts';
import { validateSliceSpec } from './slice-spec.ts';

/** Who publishes the slice, of what pool and for which node stays as it was. */
function validateUpdate({ spec }: ResourceSlice, { spec: old }: ResourceSlice): FieldError[] {
  const changes = [
    ...immutable('spec.pool.name', spec.pool.name, old.pool.name),
    ...immutable('spec.driver', spec.driver, old.driver),
    ...immutable('spec.nodeName', spec.nodeName, old.nodeName),
  ];
  return validateSliceSpec(spec, 'spec', changes, old);
}

function stampTaints({ spec }: ResourceSlice, { clock }: StrategyContext): void {
  for (const { taints } of spec.devices ?? [])
    for (const taint of taints ?? []) taint.timeAdded ??= rfc3339(clock.now());
}

const LISTS = ['bools', 'ints', 'strings', 'versions'] as const;

/** v1.36 does not have lists as attributes, nor devices as a node's own resources, unless they were there. */
function dropDisabled({ spec }: ResourceSlice, old?: ResourceSlice): void {
  const before = old?.spec.devices ?? [];
  const mapped = before.some(d => entriesOf(d.nodeAllocatableResourceMappings).length > 0);
  const listed = before.some(d => Object.values(d.attributes ?? {}).some(a => LISTS.some(l => a[l])));
  for (const device of spec.devices ?? []) {
    if (!mapped) delete device.nodeAllocatableResourceMappings;
    if (listed) continue;
    for (const attribute of Object.values(device.attributes ?? {}))
      for (const list of LISTS) delete attribute[list];
  }
}

/** Upper case is taken, but warned of. */
function warnings({ spec: { driver } }: ResourceSlice): string[] {
  if (driver === driver.toLowerCase()) return [];
  return [
    `spec.driver: driver names should be lowercase; ${JSON.stringify(driver)} contains uppercase characters`,
  ];
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
  defaults: stampTaints,
  prepareForCreate: slice => dropDisabled(slice),
  prepareForUpdate: dropDisabled,
  warnings,
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
