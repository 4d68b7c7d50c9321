import type { ResourceClaim } from '../../generated/resource-v1.ts';
import { carryOver, keepStatus } from '../carry-over.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { type FieldError, invalidValue } from '../field-error.ts';
import { wroteEmptyList } from '../schema/empty-lists.ts';
import { IMMUTABLE, semanticEqual } from '../validation/checks.ts';
import { toInternal } from '../validation/internal-form.ts';
import { defaultClaimSpec, validateClaimSpec } from './claim-spec.ts';

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

/** An allocation is made and taken back as a whole. */
function validateAllocationChange(claim: ResourceClaim, old: ResourceClaim): FieldError[] {
  const { status } = claim;
  const [next, before] = [status?.allocation, old.status?.allocation];
  if (!next || !before || semanticEqual(next, before)) return [];
  const shown = toInternal('AllocationResult', next);
  if (wroteEmptyList(claim, 'status.allocation.nodeSelector.nodeSelectorTerms'))
    Object.assign(shown.NodeSelector as object, { NodeSelectorTerms: [] });
  return [invalidValue('status.allocation', shown, IMMUTABLE)];
}

export const resourceClaim = defineKind<ResourceClaim>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaim',
  plural: 'resourceclaims',
  singular: 'resourceclaim',
  namespaced: true,
  schema: 'io.k8s.api.resource.v1.ResourceClaim',
  defaults: ({ spec }) => defaultClaimSpec(spec),
  prepareForCreate: claim => {
    claim.status = {};
  },
  prepareForUpdate: keepStatus,
  validate: ({ spec }) => validateClaimSpec(spec, 'spec'),
  validateUpdate: validateSpecChange,
  subresources: {
    status: {
      prepareForUpdate: (next, old) => {
        carryOver(next, old, 'spec');
        carryOver(next.metadata, old.metadata, 'labels', 'annotations', 'finalizers', 'ownerReferences');
      },
      validateUpdate: validateAllocationChange,
    },
  },
  columns: [name, column('State', o => state(o)), age],
});
