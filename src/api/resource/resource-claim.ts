import type { ResourceClaim } from '../../generated/resource-v1.ts';
import { carryOver, keepStatus } from '../carry-over.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { type FieldError, invalidValue } from '../field-error.ts';
import { IMMUTABLE, semanticEqual } from '../validation/checks.ts';
import { toInternal } from '../validation/internal-form.ts';
import { defaultClaimSpec, defaultTolerations, validateClaimSpec } from './claim-spec.ts';
import { sharedDevice, validateClaimStatus } from './claim-status.ts';

/** What has happened to the claim so far, in the order in which it happens. */
function state({ metadata, status }: ResourceClaim): string {
  const states: string[] = [];
  if (metadata.deletionTimestamp) states.push('deleted');
  if (!status?.allocation) {
    if (!metadata.deletionTimestamp) states.push('pending');
  } else {
    states.push('allocated');
    states.push(...(status.reservedFor?.length ? ['reserved'] : []));
  }
  return states.join(',');
}

function validateSpecChange({ spec }: ResourceClaim, old: ResourceClaim): FieldError[] {
  return semanticEqual(spec, old.spec)
    ? []
    : [invalidValue('spec', toInternal('ResourceClaimSpec', spec), IMMUTABLE)];
}

function prepareStatus(next: ResourceClaim, old: ResourceClaim): void {
  carryOver(next, old, 'spec');
  carryOver(next.metadata, old.metadata, 'labels', 'annotations', 'finalizers', 'ownerReferences');
  dropDeallocated(next, old);
}

/** What drivers say of devices goes with the devices. */
function dropDeallocated({ status: next }: ResourceClaim, { status: old }: ResourceClaim): void {
  if (!next?.devices) return;
  const still = new Set(next.allocation?.devices?.results?.map(sharedDevice));
  const gone = new Set(old?.allocation?.devices?.results?.map(sharedDevice).filter(id => !still.has(id)));
  const devices = next.devices.filter(d => !gone.has(sharedDevice(d)));
  if (devices.length > 0) next.devices = devices;
  else delete next.devices;
}

export const resourceClaim = defineKind<ResourceClaim>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaim',
  plural: 'resourceclaims',
  singular: 'resourceclaim',
  namespaced: true,
  schema: 'io.k8s.api.resource.v1.ResourceClaim',
  defaults: ({ spec, status }) => {
    defaultClaimSpec(spec);
    for (const { tolerations } of status?.allocation?.devices?.results ?? []) defaultTolerations(tolerations);
  },
  prepareForCreate: claim => {
    claim.status = {};
  },
  prepareForUpdate: keepStatus,
  validate: ({ spec }) => validateClaimSpec(spec, 'spec'),
  validateUpdate: validateSpecChange,
  subresources: {
    status: {
      prepareForUpdate: prepareStatus,
      validateUpdate: validateClaimStatus,
    },
  },
  columns: [name, column('State', o => state(o)), age],
});
