/**
 * The chains that choose one of N endpoints at random. They depend on N and on the way in only,
 * so all services with three endpoints share `cluster-3`. It goes on to `endpoint-0` to
 * `endpoint-2`, which all services share too: each finds in its map which endpoint a service has
 * under that index.
 */
import type { Endpoint } from '../endpoints.ts';
import type { ChainItem, Item } from './item.ts';
import { endpointMapType, type KeyKind, keyExpressions, MARK_CHAIN, type TableLayout } from './skeleton.ts';

/** How a connection came to the service. */
export type Way = 'cluster' | 'external' | 'local' | 'node-port' | 'local-node-port';

/** The names of the chains and maps with the endpoints, without index, and what they are found by. */
const lookupOf: Readonly<Record<Way, { chain: string; map: string; key: KeyKind }>> = {
  cluster: { chain: 'endpoint', map: 'endpoints', key: 'address' },
  external: { chain: 'endpoint', map: 'endpoints', key: 'address' },
  local: { chain: 'local-endpoint', map: 'local-endpoints', key: 'address' },
  'node-port': { chain: 'node-port-endpoint', map: 'node-port-endpoints', key: 'port' },
  'local-node-port': { chain: 'local-node-port-endpoint', map: 'local-node-port-endpoints', key: 'port' },
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

type Shared = readonly [chain: ChainItem, ...items: Item[]];
/** Items all services share are made once: thousands of services claim the very same objects. */
const sharedOf = new WeakMap<TableLayout, Map<string, Shared>>();

/** The chain to go to, first of the items, and what it stands on. */
export function dispatchItems(way: Way, count: number, layout: TableLayout): Shared {
  let known = sharedOf.get(layout);
  if (!known) sharedOf.set(layout, (known = new Map()));
  const name = `${way}-${count}`;
  let shared = known.get(name);
  if (!shared) known.set(name, (shared = makeShared(name, way, count, layout)));
  return shared;
}

/** The endpoints of one service on this way, under each key it is looked up by. */
export function endpointItems(
  way: Way,
  keys: readonly string[],
  endpoints: readonly Endpoint[],
): readonly Item[] {
  return endpoints.flatMap(({ ip, port }, index) => {
    const container = `${lookupOf[way].map}-${index}`;
    return keys.map((key): Item => ({ kind: 'element', container, key, value: `${ip} . ${port}` }));
  });
}

function makeShared(name: string, way: Way, count: number, layout: TableLayout): Shared {
  const targets = Array.from({ length: count }, (_, index) => `${lookupOf[way].chain}-${index}`);
  const choice = targets.map((target, index) => `${index} : goto ${target}`).join(', ');
  const choose = count === 1 ? `goto ${targets[0]}` : `numgen random mod ${count} vmap { ${choice} }`;
  return [
    { kind: 'chain', name, rules: [...entryRules(way, layout), choose] },
    ...targets.flatMap((_, index) => lookupItems(way, index, layout)),
  ];
}

function lookupItems(way: Way, index: number, { family }: TableLayout): readonly Item[] {
  const { chain, map, key } = lookupOf[way];
  const find = (i: number) => `dnat ${family} to ${keyExpressions(family)[key]} map @${map}-${i}`;
  return [
    { kind: 'map', name: `${map}-${index}`, type: endpointMapType(family, key) },
    {
      kind: 'chain',
      name: `${chain}-${index}`,
      // A packet on its way during an update may have the rules of before it and the maps of after
      // it. The first endpoint is there as long as there is any.
      rules: index === 0 ? [find(0)] : [find(index), find(0)],
    },
  ];
}
