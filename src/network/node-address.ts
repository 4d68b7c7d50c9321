/**
 * Which address a node is known by (status.addresses InternalIP): what other nodes and the API
 * server reach it at, and what node ports are shown with.
 */
import { isIPv4 } from 'node:net';

/** One line of `ip -j address show`, as far as it matters. */
export interface LinkAddresses {
  readonly ifname: string;
  readonly flags?: readonly string[];
  readonly addr_info?: readonly {
    readonly family: string;
    readonly local?: string;
    readonly scope?: string;
    readonly deprecated?: boolean;
  }[];
}

/** One line of `ip -j route show default`. */
export interface DefaultRoute {
  readonly dev?: string;
  readonly prefsrc?: string;
  readonly metric?: number;
}

export interface AddressChoice {
  readonly address: string;
  /** For people: why this one. */
  readonly reason: string;
}

export interface AddressQuestion {
  /** What the user asked for. */
  readonly requested?: string | undefined;
  readonly links: readonly LinkAddresses[];
  readonly defaultRoutes: readonly DefaultRoute[];
  /** The pods' bridge: its address is the last resort. */
  readonly bridge: string;
  readonly gateway: string;
}

/**
 * In this order: what was asked for; the source address of the default route; the first global
 * address; the bridge's own, which is there before the node registers, so that a machine without
 * any network still runs a cluster.
 *
 * @throws RangeError when what was asked for is no IPv4 address of this machine
 */
export function chooseNodeAddress(question: AddressQuestion): AddressChoice {
  const { requested, links, bridge, gateway } = question;
  const own = links.filter(link => link.ifname !== bridge && link.ifname !== 'lo');
  if (requested !== undefined) {
    const known = [...links.flatMap(all), gateway];
    if (!isIPv4(requested) || !known.includes(requested)) {
      throw new RangeError(`Cannot use node address "${requested}": this machine has ${known.join(', ')}`);
    }
    return { address: requested, reason: 'asked for' };
  }
  const routes = [...question.defaultRoutes].sort((a, b) => (a.metric ?? 0) - (b.metric ?? 0));
  for (const route of routes) {
    const link = own.find(({ ifname }) => ifname === route.dev);
    const address = route.prefsrc ?? (link && globals(link)[0]);
    if (address) return { address, reason: `interface ${route.dev} of the default route` };
  }
  for (const link of own) {
    const address = link.flags?.includes('UP') === false ? undefined : globals(link)[0];
    if (address) return { address, reason: `first global address, of interface ${link.ifname}` };
  }
  return { address: gateway, reason: `no other address, so that of bridge ${bridge}` };
}

const all = (link: LinkAddresses): readonly string[] =>
  (link.addr_info ?? []).flatMap(({ family, local }) => (family === 'inet' && local ? [local] : []));

const globals = (link: LinkAddresses): readonly string[] =>
  (link.addr_info ?? []).flatMap(({ family, local, scope, deprecated }) =>
    family === 'inet' && local && scope === 'global' && !deprecated ? [local] : [],
  );
