/**
 * Flows the kernel remembers although the ruleset has changed. A TCP connection to an endpoint
 * that is gone ends by itself; a UDP flow lives as long as its client keeps sending, and would
 * never reach another endpoint. So, as kube-proxy does, they are forgotten:
 *
 * - flows to an endpoint that no longer answers for the service,
 * - flows that passed a service's address before it had endpoints, and so were never redirected.
 *
 * Needs the program `conntrack`; Node.js cannot open netlink sockets. Without it such flows last
 * until they have been silent for net.netfilter.nf_conntrack_udp_timeout_stream (120 s).
 */
import { CommandError, type CommandRunner } from '../base/run-command.ts';
import type { Endpoint, Family } from './endpoints.ts';
import type { ServicePort } from './service-port.ts';

/** What to forget; the fields are those of the flow's first packet, `nat…` say where it went. */
export interface FlowFilter {
  readonly family: Family;
  /** An address or a CIDR. */
  readonly destination?: string;
  readonly destinationPort?: number;
  readonly natDestination?: string;
  readonly natPort?: number;
}

/**
 * How many filters are worth a process each. When there are more (the proxy starts, the cluster is
 * large), the flows to all cluster IPs are forgotten instead: they find an endpoint again with
 * their next packet. Flows through node ports are left to their time limit then.
 */
const MAX_FILTERS = 64;

/** What has to be forgotten when a service's ports change from `before` to `after`. */
export function staleFlows(
  before: readonly ServicePort[],
  after: readonly ServicePort[],
): readonly FlowFilter[] {
  const filters: FlowFilter[] = [];
  const afterById = new Map(after.map(port => [idOf(port), port]));
  const beforeById = new Map(before.map(port => [idOf(port), port]));
  for (const port of before) {
    if (port.protocol !== 'udp') continue;
    const kept = endpointsOf(afterById.get(idOf(port)));
    for (const [socket, { ip, port: natPort }] of endpointsOf(port)) {
      if (!kept.has(socket)) filters.push({ family: port.family, natDestination: ip, natPort });
    }
  }
  for (const port of after) {
    if (port.protocol !== 'udp' || endpointsOf(port).size === 0) continue;
    if (endpointsOf(beforeById.get(idOf(port))).size > 0) continue;
    for (const destination of [port.clusterIP, ...port.externalIPs, ...port.loadBalancerIPs]) {
      filters.push({ family: port.family, destination, destinationPort: port.port });
    }
    if (port.nodePort !== undefined) filters.push({ family: port.family, destinationPort: port.nodePort });
  }
  return filters;
}

const idOf = (port: ServicePort) => `${port.family} ${port.id} ${port.protocol}`;

/** By address and port. */
function endpointsOf(port: ServicePort | undefined): ReadonlyMap<string, Endpoint> {
  const endpoints = port ? [...port.internal.endpoints, ...port.external.endpoints] : [];
  return new Map(endpoints.map(endpoint => [`${endpoint.ip} ${endpoint.port}`, endpoint]));
}

function conntrackArguments(filter: FlowFilter): readonly string[] {
  const family = filter.family === 'ip' ? 'ipv4' : 'ipv6';
  return [
    '-D',
    '-f',
    family,
    '-p',
    'udp',
    ...(filter.destination ? ['--orig-dst', filter.destination] : []),
    ...(filter.destinationPort ? ['--orig-port-dst', `${filter.destinationPort}`] : []),
    ...(filter.natDestination ? ['--dst-nat', filter.natDestination] : []),
    ...(filter.natPort ? ['--reply-port-src', `${filter.natPort}`] : []),
  ];
}

/** @throws CommandError when conntrack is missing or fails. */
export async function forgetFlows(
  commands: CommandRunner,
  filters: readonly FlowFilter[],
  serviceCIDRs: readonly string[],
): Promise<void> {
  const distinct = [
    ...new Map(filters.map(filter => [conntrackArguments(filter).join(' '), filter])).values(),
  ];
  const few =
    distinct.length <= MAX_FILTERS
      ? distinct
      : serviceCIDRs.map(
          (cidr): FlowFilter => ({ family: cidr.includes(':') ? 'ip6' : 'ip', destination: cidr }),
        );
  for (const filter of few) {
    try {
      await commands.run(['conntrack', ...conntrackArguments(filter)]);
    } catch (error) {
      // Exit code 1 also says that nothing matched, which is the usual case.
      if (error instanceof CommandError && error.stderr.includes('0 flow entries')) continue;
      throw error;
    }
  }
}
