/**
 * The part of the nft table that stands still: base chains, the maps' types, and the rules that
 * look into the maps. One connection costs at most four map look-ups, however many services
 * there are.
 *
 *   prerouting, output ─► services ─► service-ips ──► cluster-3 ──► endpoints[…, random of 3] ─► dnat
 *                                 └─► node-ports ───► node-port-3 ─► node-port-endpoints[…]
 *   postrouting: masquerade what was marked, and endpoints that reached themselves.
 *
 * Services without endpoints are refused in the nat chains themselves (Linux 5.9 or newer): only
 * the first packet of a connection comes here, and a refused one never becomes a connection.
 *
 * Refused alternative: chains for each service and each endpoint, as kube-proxy has them. Elements
 * of maps are added an order of magnitude faster, and a change of endpoints touches no rule.
 */
import type { Family } from '../endpoints.ts';
import type { Container } from './item.ts';

export interface TableLayout {
  readonly family: Family;
  /** The table's name. */
  readonly table: string;
  /** All pods' addresses (CIDR). Clients from elsewhere are masqueraded on their way to a cluster IP. */
  readonly clusterCIDR: string | undefined;
  /** All cluster IPs (CIDR): what no service answers there is refused instead of leaving the node. */
  readonly serviceCIDR: string | undefined;
  /** One bit of the packet mark; it says "masquerade me" between two hooks. */
  readonly masqueradeMark: number;
  /**
   * Masquerade also connections from pods of this CIDR to pods of the same: without br_netfilter
   * their answers would cross the bridge unseen and carry the endpoint's address.
   */
  readonly masqueradeWithin: string | undefined;
}

export const MARK_CHAIN = 'mark-for-masquerade';
export const REJECT_CHAIN = 'reject-no-endpoints';

/** An index as `numgen` makes it; only in a `typeof` does nft know such a type. */
const INDEX = 'numgen random mod 2';

export function containerTypes(family: Family): Readonly<Record<Container, string>> {
  const address = family === 'ip' ? 'ipv4_addr' : 'ipv6_addr';
  const ip = `${family} daddr . meta l4proto . th dport`;
  const port = 'meta l4proto . th dport';
  const endpoint = `${family} daddr . th dport`;
  return {
    'service-ips': `type ${address} . inet_proto . inet_service : verdict`,
    'local-service-ips': `type ${address} . inet_proto . inet_service : verdict`,
    'node-ports': 'type inet_proto . inet_service : verdict',
    'local-node-ports': 'type inet_proto . inet_service : verdict',
    endpoints: `typeof ${ip} . ${INDEX} : ${endpoint}`,
    'local-endpoints': `typeof ${ip} . ${INDEX} : ${endpoint}`,
    'node-port-endpoints': `typeof ${port} . ${INDEX} : ${endpoint}`,
    'local-node-port-endpoints': `typeof ${port} . ${INDEX} : ${endpoint}`,
    hairpin: `type ${address} . ${address}`,
  };
}

/** The table as nft reads it, empty of services. */
export function renderSkeleton(layout: TableLayout): string {
  const { family } = layout;
  const mark = `0x${layout.masqueradeMark.toString(16).padStart(8, '0')}`;
  const lines = [`table ${family} ${layout.table} {`];
  const block = (head: string, ...body: readonly string[]) => {
    lines.push(`  ${head} {`, ...body.map(line => `    ${line}`), '  }');
  };

  for (const [name, type] of Object.entries(containerTypes(family))) {
    block(`${name === 'hairpin' ? 'set' : 'map'} ${name}`, type);
  }
  block(`chain ${MARK_CHAIN}`, `meta mark set meta mark | ${mark}`);
  block(`chain ${REJECT_CHAIN}`, 'meta l4proto tcp reject with tcp reset', 'reject');
  block(
    'chain services',
    `${family} daddr . meta l4proto . th dport vmap @local-service-ips`,
    `${family} daddr . meta l4proto . th dport vmap @service-ips`,
    ...(layout.serviceCIDR ? [`${family} daddr ${layout.serviceCIDR} goto ${REJECT_CHAIN}`] : []),
    'fib daddr type local meta l4proto . th dport vmap @local-node-ports',
    'fib daddr type local meta l4proto . th dport vmap @node-ports',
  );
  block('chain prerouting', 'type nat hook prerouting priority -100', 'jump services');
  block('chain output', 'type nat hook output priority -100', 'jump services');
  block(
    'chain postrouting',
    'type nat hook postrouting priority 100',
    `meta mark & ${mark} == ${mark} meta mark set meta mark ^ ${mark} masquerade fully-random`,
    `ct status dnat ${family} saddr . ${family} daddr @hairpin masquerade fully-random`,
    ...(layout.masqueradeWithin
      ? [
          `ct status dnat ${family} saddr ${layout.masqueradeWithin} ${family} daddr ${layout.masqueradeWithin} masquerade fully-random`,
        ]
      : []),
  );
  lines.push('}');
  return `${lines.join('\n')}\n`;
}
