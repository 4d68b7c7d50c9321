/**
 * The part of the nft table that stands still: base chains, the maps' types, and the rules that
 * look into the maps. A connection costs at most four look-ups before it finds its service, and
 * two more for its endpoint, however many services there are.
 *
 *   prerouting, output ─► services ─► service-ips ─► cluster-3 ─► at random endpoint-0, 1 or 2
 *                                 └─► node-ports ──► node-port-3 ─► …
 *                                          endpoint-1 ─► endpoints-1[address . protocol . port] ─► dnat
 *   postrouting: masquerade what was marked, and endpoints that reached themselves.
 *
 * Services without endpoints are refused in the nat chains themselves (Linux 5.9 or newer): only
 * the first packet of a connection comes here, and a refused one never becomes a connection.
 *
 * Refused alternative: chains for each service and each endpoint, as kube-proxy has them. Elements
 * of maps are added an order of magnitude faster, and a change of endpoints touches no rule.
 * Also refused: one map with the index in its key. nft 1.0 knows the type of a random number only
 * through `typeof`, and cannot read such a map back for a later transaction.
 */
import type { Family } from '../endpoints.ts';

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

const addressType = (family: Family) => (family === 'ip' ? 'ipv4_addr' : 'ipv6_addr');
/** What a connection to a service's address, or to a port of the node, is looked up by. */
const keyTypes = (family: Family) => ({
  address: `${addressType(family)} . inet_proto . inet_service`,
  port: 'inet_proto . inet_service',
});
export const keyExpressions = (family: Family) => ({
  address: `${family} daddr . meta l4proto . th dport`,
  port: 'meta l4proto . th dport',
});
export type KeyKind = 'address' | 'port';

/** From such a key to the endpoint. */
export const endpointMapType = (family: Family, key: KeyKind): string =>
  `type ${keyTypes(family)[key]} : ${addressType(family)} . inet_service`;

/** The maps that say where to go, and the set of the endpoints that may meet themselves. */
function containers(family: Family): Readonly<Record<string, string>> {
  const { address, port } = keyTypes(family);
  return {
    'map service-ips': `type ${address} : verdict`,
    // For clients outside of this node, where externalTrafficPolicy is Local.
    'map local-service-ips': `type ${address} : verdict`,
    'map node-ports': `type ${port} : verdict`,
    'map local-node-ports': `type ${port} : verdict`,
    'set hairpin': `type ${addressType(family)} . ${addressType(family)}`,
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

  const key = keyExpressions(family);
  for (const [head, type] of Object.entries(containers(family))) block(head, type);
  block(`chain ${MARK_CHAIN}`, `meta mark set meta mark | ${mark}`);
  block(`chain ${REJECT_CHAIN}`, 'meta l4proto tcp reject with tcp reset', 'reject');
  block(
    'chain services',
    `${key.address} vmap @local-service-ips`,
    `${key.address} vmap @service-ips`,
    ...(layout.serviceCIDR ? [`${family} daddr ${layout.serviceCIDR} goto ${REJECT_CHAIN}`] : []),
    `fib daddr type local ${key.port} vmap @local-node-ports`,
    `fib daddr type local ${key.port} vmap @node-ports`,
  );
  block('chain prerouting', 'type nat hook prerouting priority -100', 'jump services');
  block('chain output', 'type nat hook output priority -100', 'jump services');
  block(
    'chain postrouting',
    'type nat hook postrouting priority 100',
    `meta mark & ${mark} == ${mark} meta mark set meta mark ^ ${mark} masquerade fully-random`,
    // Not on lo: an endpoint with the node's own address hears and answers itself as it is.
    `ct status dnat oifname != "lo" ${family} saddr . ${family} daddr @hairpin masquerade fully-random`,
    ...(layout.masqueradeWithin
      ? [
          `ct status dnat ${family} saddr ${layout.masqueradeWithin} ${family} daddr ${layout.masqueradeWithin} masquerade fully-random`,
        ]
      : []),
  );
  lines.push('}');
  return `${lines.join('\n')}\n`;
}
