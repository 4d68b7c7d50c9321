import type { ResourceClaim } from '../../generated/resource-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';

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

export const resourceClaim = defineKind<ResourceClaim>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaim',
  plural: 'resourceclaims',
  singular: 'resourceclaim',
  namespaced: true,
  schema: 'io.k8s.api.resource.v1.ResourceClaim',
  subresources: { status: {} },
  columns: [name, column('State', o => state(o)), age],
});
