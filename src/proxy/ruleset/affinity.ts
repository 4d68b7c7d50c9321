/**
 * Session affinity ClientIP: chains of the service's own. Each endpoint has a set of the clients
 * that were sent to it, which the kernel fills and empties itself; a client that is in one goes
 * there again, every new connection renewing its time. Sets of endpoints that stay are not
 * touched by an update, so neither are their clients.
 */
import { createHash } from 'node:crypto';
import type { Endpoint } from '../endpoints.ts';
import type { ServicePort } from '../service-port.ts';
import { entryRules, type Way } from './dispatch.ts';
import type { Item } from './item.ts';
import type { TableLayout } from './skeleton.ts';

/** nft allows 255 characters in a name; the hash alone makes it unique, the rest is for people. */
const MAX_NAME = 120;

/** Names are DNS labels in any sane cluster; nft must be able to read them in any other too. */
export const readableName = (port: ServicePort): string => port.id.replaceAll(/[^\w./:-]/g, '_');

/** A chain name for one service port: prefix, hash of all that identifies it, readable rest. */
export function ownName(prefix: string, port: ServicePort): string {
  const readable = `${readableName(port).replaceAll(':', '/')}/${port.protocol}`;
  const hash = createHash('sha256').update(`${port.id} ${port.protocol}`).digest('hex').slice(0, 8);
  return `${prefix}-${hash}-${readable}`.slice(0, MAX_NAME);
}

/** The chain for one way in, and what it stands on. `endpoints` is not empty. */
export function affinityItems(
  port: ServicePort,
  way: Way,
  endpoints: readonly Endpoint[],
  layout: TableLayout,
): { readonly chain: string; readonly items: readonly Item[] } {
  const { family } = layout;
  const chain = ownName(`affinity-${way}`, port);
  const items: Item[] = [];
  const targets = endpoints.map(endpoint => {
    const name = `${ownName('sticky', port).slice(0, MAX_NAME - 60)}/${endpoint.ip.replaceAll(':', '_')}/${endpoint.port}`;
    // The time limit of a set cannot be changed: with another limit it is another set.
    const clients = `${name.replace('sticky-', 'clients-')}/${port.affinitySeconds}s`;
    items.push(
      { kind: 'client-set', name: clients, timeoutSeconds: port.affinitySeconds ?? 0 },
      {
        kind: 'chain',
        name,
        rules: [
          `update @${clients} { ${family} saddr }`,
          `meta l4proto ${port.protocol} dnat ${family} to ${socketAddress(endpoint)}`,
        ],
      },
    );
    return { name, clients };
  });
  items.push({
    kind: 'chain',
    name: chain,
    rules: [
      ...entryRules(way, layout),
      ...targets.map(({ name, clients }) => `${family} saddr @${clients} goto ${name}`),
      `numgen random mod ${targets.length} vmap { ${targets.map(({ name }, i) => `${i} : goto ${name}`).join(', ')} }`,
    ],
  });
  return { chain, items };
}

const socketAddress = ({ ip, port }: Endpoint) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`);
