/** The endpoints of a service as DNS knows them: name, address, ports. */
import type { EndpointSlice } from '../generated/discovery-v1.ts';
import { labelOfAddress } from './reverse-name.ts';

export interface NamedEndpoint {
  /** Lower case, one label: the endpoint's hostname, or made from its address. */
  readonly label: string;
  readonly address: string;
  readonly type: 'A' | 'AAAA';
  readonly ports: readonly { readonly name: string; readonly protocol: string; readonly port: number }[];
}

/** Ready endpoints only; a service may publish others as ready (publishNotReadyAddresses). */
export function namedEndpoints(slices: readonly EndpointSlice[]): readonly NamedEndpoint[] {
  const found = new Map<string, NamedEndpoint>();
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4' && slice.addressType !== 'IPv6') continue;
    const ports = (slice.ports ?? []).flatMap(({ name, protocol, port }) =>
      port ? [{ name: (name ?? '').toLowerCase(), protocol: (protocol ?? 'TCP').toLowerCase(), port }] : [],
    );
    for (const { addresses, conditions, hostname } of slice.endpoints ?? []) {
      if (conditions?.ready === false) continue;
      for (const address of addresses) {
        const label = (hostname || labelOfAddress(address)).toLowerCase();
        const other = found.get(`${label} ${address}`);
        found.set(`${label} ${address}`, {
          label,
          address,
          type: slice.addressType === 'IPv4' ? 'A' : 'AAAA',
          // One endpoint is in two slices when its ports differ from those of others.
          ports: other ? [...other.ports, ...ports] : ports,
        });
      }
    }
  }
  return [...found.values()];
}
