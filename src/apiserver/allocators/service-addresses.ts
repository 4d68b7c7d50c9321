/**
 * ClusterIPs and node ports: given out when a Service is created or changed, or checked when it
 * asks for particular ones (Kubernetes documentation, "Service ClusterIP allocation"). Runs as the
 * last mutating admission plugin, between defaulting and the kind's own preparation.
 */

import { settleAddresses } from '../../api/core/service/addresses.ts';
import {
  isHeadless,
  needsClusterIp,
  needsHealthCheckPort,
  needsNodePorts,
} from '../../api/core/service/traits.ts';
import { at, type FieldError, invalidValue } from '../../api/field-error.ts';
import { invalid, StatusError } from '../../api/status-error.ts';
import { type Cidr, cidrContains, formatIp, maskIp, parseCidr, parseIp } from '../../api/validation/ip.ts';
import type { Random } from '../../base/random.ts';
import type { Service } from '../../generated/core-v1.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../admission/chain.ts';
import type { ServerCore } from '../core.ts';
import { InUse, portValue } from './in-use.ts';
import { pickFree } from './ports.ts';

export interface ServiceNetwork {
  /** One range a family, the default first: 10.96.0.0/12. */
  readonly serviceCidrs: readonly string[];
  /** Both included. */
  readonly nodePorts: { readonly first: number; readonly last: number };
}

export const defaultServiceNetwork: ServiceNetwork = {
  serviceCidrs: ['10.96.0.0/12'],
  nodePorts: { first: 30_000, last: 32_767 },
};

export function serviceAddresses(core: () => ServerCore, network: ServiceNetwork): AdmissionPlugin {
  const ranges = network.serviceCidrs.map(text => {
    const cidr = parseCidr(text);
    if (!cidr) throw new Error(`Cannot use ${text} as service range: it is not a CIDR`);
    return { text, cidr };
  });
  const inUse = new InUse();
  return {
    name: 'ServiceAddresses',
    async admit(request) {
      const { operation, resource, subresource, object } = request;
      if (operation === 'DELETE' || subresource !== '' || !object) return;
      if (resource.definition.group !== '' || resource.definition.kind !== 'Service') return;
      await inUse.start(core());
      const allocation = new Allocation(request, ranges, network, inUse, core().random);
      allocation.run();
    },
  };
}

interface Range {
  readonly text: string;
  readonly cidr: Cidr;
}

/** One Service's addresses; what is taken for it is reserved until its write is over. */
class Allocation {
  private readonly next: Service;
  private readonly old: Service | undefined;
  private readonly key: string;

  constructor(
    private readonly request: AdmissionRequest,
    private readonly ranges: readonly Range[],
    private readonly network: ServiceNetwork,
    private readonly inUse: InUse,
    private readonly random: Random,
  ) {
    this.next = request.object as Service;
    this.old = request.oldObject as Service | undefined;
    this.key = request.resource.key(request.namespace, request.name);
  }

  run(): void {
    const families = this.ranges.map(range => range.cidr.ip.family);
    const errors = settleAddresses(this.next, this.old, families);
    if (errors.length > 0) throw this.invalid(errors);
    if (needsClusterIp(this.next) && !isHeadless(this.next)) this.clusterIps();
    if (needsNodePorts(this.next)) this.nodePorts();
    if (needsHealthCheckPort(this.next)) this.healthCheckPort();
  }

  private invalid(errors: readonly FieldError[]): StatusError {
    return invalid(this.request.resource.definition, this.request.name, errors);
  }

  private clusterIps(): void {
    const { spec } = this.next;
    if (!spec) return;
    const wanted = spec.clusterIPs ?? [];
    const given = (spec.ipFamilies ?? []).map((family, i) => {
      const range = this.ranges.find(r => r.cidr.ip.family === family);
      const asked = wanted[i];
      if (asked && this.old?.spec?.clusterIPs?.includes(asked)) return asked;
      if (!range) return asked ?? '';
      return asked ? this.take(range, asked, wanted) : this.pick(range);
    });
    if (given.length === 0) return;
    spec.clusterIPs = given;
    spec.clusterIP = given[0];
  }

  /** One that the client asks for. */
  private take(range: Range, address: string, wanted: readonly string[]): string {
    const fail = (why: string) =>
      this.invalid([invalidValue('spec.clusterIPs', wanted, `failed to allocate IP ${address}: ${why}`)]);
    const ip = parseIp(address);
    if (!ip) return address;
    if (!cidrContains(range.cidr, ip) || !this.isUsable(range, address))
      throw fail(
        `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${range.text}`,
      );
    const canonical = formatIp(ip);
    if (this.isTaken(canonical)) throw fail('provided IP is already allocated');
    this.reserve(canonical);
    return address;
  }

  /** Neither the network's own address nor its last, as upstream. */
  private isUsable({ cidr }: Range, address: string): boolean {
    const offset = offsetOf(cidr, address);
    return offset >= 1 && offset <= lastOffset(cidr);
  }

  private pick({ cidr }: Range): string {
    const offset = pickFree(1, lastOffset(cidr), n => this.inUse.isTaken(addressAt(cidr, n)), this.random);
    if (offset === undefined)
      throw new StatusError({
        reason: 'InternalError',
        message: 'Internal error occurred: failed to allocate a serviceIP: range is full',
      });
    const address = addressAt(cidr, offset);
    this.reserve(address);
    return address;
  }

  private nodePorts(): void {
    const before = new Set((this.old?.spec?.ports ?? []).map(p => p.nodePort));
    /** One number may serve several protocols of one Service. */
    const own = new Map<number, Set<string>>();
    const ports = this.next.spec?.ports ?? [];
    ports.forEach((port, i) => {
      const { nodePort = 0, protocol = 'TCP' } = port;
      if (nodePort === 0) return;
      const field = at('spec.ports', i);
      const protocols = own.get(nodePort);
      if (!before.has(nodePort) && !protocols) this.takePort(`${field}.nodePort`, nodePort);
      own.set(nodePort, (protocols ?? new Set()).add(protocol));
    });
    for (const port of ports) {
      if (port.nodePort) continue;
      const { protocol = 'TCP' } = port;
      const twin = ports.find(p => p.port === port.port && p.nodePort && !own.get(p.nodePort)?.has(protocol));
      port.nodePort = twin?.nodePort ?? this.pickPort();
      own.set(port.nodePort, (own.get(port.nodePort) ?? new Set()).add(protocol));
    }
  }

  private healthCheckPort(): void {
    const { spec } = this.next;
    if (!spec) return;
    const { healthCheckNodePort = 0 } = spec;
    if (healthCheckNodePort === 0) spec.healthCheckNodePort = this.pickPort();
    else if (this.old?.spec?.healthCheckNodePort !== healthCheckNodePort)
      this.takePort('spec.healthCheckNodePort', healthCheckNodePort);
  }

  private takePort(field: string, port: number): void {
    const { first, last } = this.network.nodePorts;
    const fail = (why: string) => this.invalid([invalidValue(field, port, why)]);
    if (port < first || port > last)
      throw fail(`provided port is not in the valid range. The range of valid ports is ${first}-${last}`);
    if (this.isTaken(portValue(port))) throw fail('provided port is already allocated');
    this.reserve(portValue(port));
  }

  private pickPort(): number {
    const { first, last } = this.network.nodePorts;
    const port = pickFree(first, last, n => this.inUse.isTaken(portValue(n)), this.random);
    if (port === undefined)
      throw new StatusError({
        reason: 'InternalError',
        message: 'Internal error occurred: failed to allocate a nodePort: range is full',
      });
    this.reserve(portValue(port));
    return port;
  }

  /** A dry run takes nothing, and upstream's does not ask whether somebody else has it. */
  private isTaken(value: string): boolean {
    return !this.request.dryRun && this.inUse.isTaken(value, this.key);
  }

  private reserve(value: string): void {
    this.request.afterwards(this.inUse.reserve(value));
  }
}

const bits = (cidr: Cidr) => cidr.ip.bytes.length * 8;

/** The last offset that is given out: of IPv4, the one before the broadcast address. */
function lastOffset(cidr: Cidr): number {
  const hostBits = Math.min(bits(cidr) - cidr.prefix, 20);
  return 2 ** hostBits - 2;
}

function addressAt(cidr: Cidr, offset: number): string {
  const ip = maskIp(cidr);
  const bytes = [...ip.bytes];
  let rest = offset;
  for (let i = bytes.length - 1; i >= 0 && rest > 0; i--) {
    const sum = (bytes[i] ?? 0) + (rest & 0xff);
    bytes[i] = sum & 0xff;
    rest = (rest >>> 8) + (sum >>> 8);
  }
  return formatIp({ family: ip.family, bytes });
}

function offsetOf(cidr: Cidr, address: string): number {
  const [base, ip] = [maskIp(cidr), parseIp(address)];
  if (!ip) return -1;
  let offset = 0;
  ip.bytes.forEach((byte, i) => {
    offset = offset * 256 + (byte - (base.bytes[i] ?? 0));
  });
  return offset;
}
