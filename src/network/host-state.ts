/** Looks at the host's network, in the network namespace the commands run in. */
import { CommandError, type CommandRunner } from '../base/run-command.ts';
import type { HostSpec, HostState } from './host-plan.ts';
import type { DefaultRoute, LinkAddresses } from './node-address.ts';

interface LinkLine extends LinkAddresses {
  readonly linkinfo?: {
    readonly info_kind?: string;
    readonly info_data?: { readonly nf_call_iptables?: number };
  };
  readonly addr_info?: readonly {
    readonly family: string;
    readonly local?: string;
    readonly prefixlen?: number;
    readonly scope?: string;
  }[];
}

/** Where a sysctl is found: dots between names, and an interface may have dots of its own. */
export function sysctlPath(name: string): string {
  const match = /^(net\.ipv[46]\.conf)\.(.+)\.([^.]+)$/.exec(name);
  if (match) return `/proc/sys/${match[1]?.replaceAll('.', '/')}/${match[2]}/${match[3]}`;
  return `/proc/sys/${name.replaceAll('.', '/')}`;
}

/** @throws CommandError */
export async function observeHost(commands: CommandRunner, spec: HostSpec): Promise<HostState> {
  const [ipForward, netfilter, bridge, route] = await Promise.all([
    readSysctl(commands, 'net.ipv4.ip_forward'),
    readSysctl(commands, 'net.bridge.bridge-nf-call-iptables'),
    observeBridge(commands, spec.bridge),
    commands.run(['ip', '-j', 'route', 'show', spec.serviceCIDR, 'dev', 'lo']),
  ]);
  return {
    ipForward: ipForward === '1',
    bridgeNetfilter: netfilter !== undefined,
    bridge,
    serviceRouteSource: json<DefaultRoute>(route.stdout)[0]?.prefsrc,
  };
}

async function observeBridge(commands: CommandRunner, name: string): Promise<HostState['bridge']> {
  let text: string;
  try {
    text = (await commands.run(['ip', '-j', '-d', 'address', 'show', 'dev', name])).stdout;
  } catch (error) {
    if (error instanceof CommandError && error.stderr.includes('does not exist')) return undefined;
    throw error;
  }
  const [link] = json<LinkLine>(text);
  if (!link) return undefined;
  const isBridge = link.linkinfo?.info_kind === 'bridge';
  const [localnet, ports] = await Promise.all([
    readSysctl(commands, `net.ipv4.conf.${name}.route_localnet`),
    isBridge ? commands.run(['ip', '-j', 'link', 'show', 'master', name]) : undefined,
  ]);
  return {
    isBridge,
    up: link.flags?.includes('UP') ?? false,
    callsIptables: link.linkinfo?.info_data?.nf_call_iptables === 1,
    addresses: (link.addr_info ?? []).flatMap(({ family, local, prefixlen }) =>
      family === 'inet' && local ? [`${local}/${prefixlen}`] : [],
    ),
    routesLocalnet: localnet === '1',
    ports: json<LinkLine>(ports?.stdout ?? '').map(port => port.ifname),
  };
}

/** What a node's address is chosen from. @throws CommandError */
export async function observeAddresses(
  commands: CommandRunner,
): Promise<{ readonly links: readonly LinkAddresses[]; readonly defaultRoutes: readonly DefaultRoute[] }> {
  const [links, routes] = await Promise.all([
    commands.run(['ip', '-j', '-4', 'address', 'show']),
    commands.run(['ip', '-j', '-4', 'route', 'show', 'default']),
  ]);
  return { links: json<LinkAddresses>(links.stdout), defaultRoutes: json<DefaultRoute>(routes.stdout) };
}

/** `ip -j` prints nothing at all for an empty list, and an empty object for a link that does not match. */
function json<T extends object>(text: string): readonly T[] {
  const items = text.trim() === '' ? [] : (JSON.parse(text) as readonly T[]);
  return items.filter(item => Object.keys(item).length > 0);
}

/** undefined: the kernel does not have it. Read by a program, since /proc shows the reader's namespace. */
async function readSysctl(commands: CommandRunner, name: string): Promise<string | undefined> {
  try {
    return (await commands.run(['cat', sysctlPath(name)])).stdout.trim();
  } catch (error) {
    if (error instanceof CommandError && error.exitCode !== undefined) return undefined;
    throw error;
  }
}
