/**
 * What one service port puts into the table. Pure: service-ports of any number of services give
 * items that only meet where they are equal (dispatch chains, hairpin) or where two services
 * claim the same address (desired.ts decides).
 */
import type { Pool, ServicePort } from '../service-port.ts';
import { affinityItems, ownName, readableName } from './affinity.ts';
import { dispatchItems, endpointItems, entryRules, type Way } from './dispatch.ts';
import type { Item } from './item.ts';
import { REJECT_CHAIN, type TableLayout } from './skeleton.ts';

/** nft keeps at most 128 bytes of comment with its end. */
const MAX_COMMENT = 120;

/**
 * All that one port of a Service needs in the table; shared chains and maps (dispatch.ts) are not in
 * it.
 */
export function serviceItems(port: ServicePort, layout: TableLayout): readonly Item[] {
  const items: Item[] = [];
  const comment = readableName(port).slice(0, MAX_COMMENT);
  const entry = (container: string, key: string, value: string) =>
    items.push({ kind: 'element', container, key, value, comment });
  /** Where connections of this way go; its chains and endpoints join `items`. */
  const target = (way: Way, pool: Pool, keys: readonly string[]): string => {
    const { endpoints } = pool;
    if (endpoints.length === 0) return emptyTarget(way, pool, port, layout, items);
    if (port.affinitySeconds !== undefined) {
      const { chain, items: own } = affinityItems(port, way, endpoints, layout);
      items.push(...own);
      return chain;
    }
    const shared = dispatchItems(way, endpoints.length, layout);
    const [chain] = shared;
    items.push(...shared, ...endpointItems(way, keys, endpoints));
    return chain.name;
  };

  const clusterKey = `${port.clusterIP} . ${port.protocol} . ${port.port}`;
  entry('service-ips', clusterKey, verdict('goto', target('cluster', port.internal, [clusterKey])));

  const balancerKeys = keysOf(port, port.loadBalancerIPs);
  const externalKeys = [...new Set([...keysOf(port, port.externalIPs), ...balancerKeys])].filter(
    key => key !== clusterKey,
  );
  const guarded = (key: string) => port.sourceRanges.length > 0 && balancerKeys.includes(key);
  if (externalKeys.length > 0) {
    const all = target('external', port.external, externalKeys);
    const here = port.externalLocal && target('local', port.externalLocal, externalKeys);
    for (const key of externalKeys) {
      entry('service-ips', key, verdict('goto', guarded(key) ? guard('guard', all) : all));
      if (here !== undefined) {
        entry('local-service-ips', key, verdict('jump', guarded(key) ? guard('guard-local', here) : here));
      }
    }
  }
  if (port.nodePort !== undefined) {
    const key = `${port.protocol} . ${port.nodePort}`;
    entry('node-ports', key, verdict('goto', target('node-port', port.external, [key])));
    if (port.externalLocal) {
      const here = target('local-node-port', port.externalLocal, [key]);
      entry('local-node-ports', key, verdict('jump', here));
    }
  }
  for (const ip of hairpinAddresses(port)) {
    items.push({ kind: 'element', container: 'hairpin', key: `${ip} . ${ip}`, value: undefined });
  }
  return items;

  /** loadBalancerSourceRanges: a chain that lets the ranges through to `next` and drops the rest. */
  function guard(prefix: string, next: string): string {
    const name = ownName(prefix, port);
    const onward = next === 'drop' ? 'drop' : `goto ${next}`;
    items.push({
      kind: 'chain',
      name,
      // One rule each: nft refuses a set whose ranges overlap.
      rules: [...port.sourceRanges.map(range => `${port.family} saddr ${range} ${onward}`), 'drop'],
    });
    return name;
  }
}

const verdict = (how: 'goto' | 'jump', target: string) => (target === 'drop' ? 'drop' : `${how} ${target}`);

const keysOf = (port: ServicePort, ips: readonly string[]) =>
  ips.map(ip => `${ip} . ${port.protocol} . ${port.port}`);

/** Nobody answers: refuse, or stay silent where other nodes have endpoints. */
function emptyTarget(way: Way, pool: Pool, port: ServicePort, layout: TableLayout, items: Item[]): string {
  const refuse = pool.whenEmpty === 'reject';
  if (way !== 'local' && way !== 'local-node-port') return refuse ? REJECT_CHAIN : 'drop';
  // Clients on this node still go on to all endpoints, so silence needs the way's entry rules.
  const name = ownName(`${way}-none`, port);
  items.push({
    kind: 'chain',
    name,
    rules: [...entryRules(way, layout), refuse ? `goto ${REJECT_CHAIN}` : 'drop'],
  });
  return name;
}

/** Only a pod of this node can come back to itself on this node. */
function hairpinAddresses(port: ServicePort): ReadonlySet<string> {
  const pools = [port.internal, port.external, port.externalLocal];
  const endpoints = pools.flatMap(pool => pool?.endpoints ?? []);
  return new Set(endpoints.filter(endpoint => endpoint.local).map(endpoint => endpoint.ip));
}
