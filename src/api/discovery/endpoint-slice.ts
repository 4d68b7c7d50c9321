import type { EndpointSlice } from '../../generated/discovery-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';

/** How many ports and addresses a row shows before it says how many more there are. */
const MAX_SHOWN = 3;

function firstFew(values: readonly string[]): string {
  const shown = values.slice(0, MAX_SHOWN).join(',');
  return values.length > MAX_SHOWN ? `${shown} + ${values.length - MAX_SHOWN} more...` : shown || '<unset>';
}

export const endpointSlice = defineKind<EndpointSlice>({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  singular: 'endpointslice',
  namespaced: true,
  schema: 'io.k8s.api.discovery.v1.EndpointSlice',
  tracksGeneration: true,
  columns: [
    name,
    column('AddressType', o => o.addressType),
    column('Ports', o => firstFew((o.ports ?? []).map(p => String(p.port ?? p.name ?? '*')))),
    column('Endpoints', o => firstFew((o.endpoints ?? []).flatMap(e => e.addresses))),
    age,
  ],
});
