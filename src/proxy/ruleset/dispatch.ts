/**
 * The chains that choose one of N endpoints at random. They depend on N and on the way in only,
 * so all services with three endpoints share `cluster-3`.
 */
import type { ChainItem, Container } from './item.ts';
import { MARK_CHAIN, type TableLayout } from './skeleton.ts';

/** How a connection came to the service. */
export type Way = 'cluster' | 'external' | 'local' | 'node-port' | 'local-node-port';

/** The map in which a way's endpoints are found. */
export const endpointMapOf: Readonly<Record<Way, Container>> = {
  cluster: 'endpoints',
  external: 'endpoints',
  local: 'local-endpoints',
  'node-port': 'node-port-endpoints',
  'local-node-port': 'local-node-port-endpoints',
};

/** What has to be known before an endpoint is chosen: who is masqueraded, who is sent elsewhere. */
export function entryRules(way: Way, { family, clusterCIDR }: TableLayout): readonly string[] {
  switch (way) {
    case 'cluster':
      return clusterCIDR ? [`${family} saddr != ${clusterCIDR} jump ${MARK_CHAIN}`] : [];
    case 'external':
    case 'node-port':
      // The answer has to come back through this node, so the endpoint must see its address.
      return [`jump ${MARK_CHAIN}`];
    case 'local':
    case 'local-node-port':
      // Clients on this node may use all endpoints; the next rule of `services` gives them those.
      return [
        ...(clusterCIDR ? [`${family} saddr ${clusterCIDR} return`] : []),
        'fib saddr type local return',
      ];
  }
}

export function dispatchChain(way: Way, count: number, layout: TableLayout): ChainItem {
  const { family } = layout;
  const key =
    way === 'node-port' || way === 'local-node-port'
      ? 'meta l4proto . th dport'
      : `${family} daddr . meta l4proto . th dport`;
  const choose = (from: number) =>
    `dnat ${family} to ${key} . numgen random mod ${from} map @${endpointMapOf[way]}`;
  return {
    kind: 'chain',
    name: `${way}-${count}`,
    rules: [
      ...entryRules(way, layout),
      choose(count),
      // A packet between two look-ups may see the count of before an update and the endpoints of
      // after it. The first endpoint is there as long as there is any.
      ...(count > 1 ? [choose(1)] : []),
    ],
  };
}
