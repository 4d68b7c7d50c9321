/**
 * The node's own nft table: what leaves the cluster takes the node's address, and what the
 * loopback routing of the bridge opens stays closed to others.
 */
export interface MasqueradeOptions {
  readonly table: string;
  readonly bridge: string;
  readonly podCIDR: string;
  /** All pods of the cluster: between them addresses stay as they are. */
  readonly clusterCIDR: string;
}

/** The node's table, in place of the one of its name, as text for `nft -f -`. */
export function renderMasquerade({ table, bridge, podCIDR, clusterCIDR }: MasqueradeOptions): string {
  return `add table ip ${table}
delete table ip ${table}
table ip ${table} {
  chain postrouting {
    type nat hook postrouting priority 100
    ip saddr ${podCIDR} ip daddr != { ${clusterCIDR}, 224.0.0.0/4 } oifname != "${bridge}" masquerade fully-random
  }
  chain input {
    type filter hook input priority 0
    iifname "${bridge}" ip daddr 127.0.0.0/8 ct state != { established, related } ct status ! dnat drop
  }
}
`;
}

export const renderMasqueradeRemoval = (table: string): string =>
  `add table ip ${table}\ndelete table ip ${table}\n`;
