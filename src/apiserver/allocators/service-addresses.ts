/**
 * ClusterIPs and node ports: given out when a Service is created or changed, or checked when it
 * asks for particular ones (Kubernetes documentation, "Service ClusterIP allocation"). Runs as the
 * last mutating admission plugin, between defaulting and the kind's own preparation.
 */
import { keepsPreference, settleAddresses } from '../../api/core/service/addresses.ts';
import {
  isHeadless,
  isName,
  mayHaveNodePorts,
  needsHealthCheckPort,
  needsNodePorts,
  nodePortsOf,
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
  /** What this Service is given now. */
  private readonly taken = new Set<string>();

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
    const { next, old } = this;
    const families = this.ranges.map(range => range.cidr.ip.family);
    const errors = settleAddresses(next, old, families);
    if (errors.length > 0) throw this.invalid(errors);
    if (!isName(next) && !(old && keepsPreference(next, old))) this.clusterIps();
    if (mayHaveNodePorts(next)) {
      if (old) this.changedNodePorts(nodePortsOf(old));
      else this.firstNodePorts();
    }
    if (needsHealthCheckPort(next) && !(old && needsHealthCheckPort(old))) this.healthCheckPort();
  }

  private invalid(errors: readonly FieldError[]): StatusError {
    return invalid(this.request.resource.definition, this.request.name, errors);
  }

  /**
   * All that are missing for a Service that had none, the second where there is a second family now.
   * Any other change is for validation to refuse.
   */
  private clusterIps(): void {
    const { spec } = this.next;
    if (!spec || isHeadless(this.next)) return;
    const families = spec.ipFamilies ?? [];
    const before = this.old?.spec;
    const isNew = !this.old || isName(this.old);
    const grows = before?.ipFamilies?.length === 1 && families.length === 2;
    if (families.length === 0 || (this.old && isHeadless(this.old)) || !(isNew || grows)) return;
    const wanted = families.map((_, i) => spec.clusterIPs?.[i] ?? '');
    const given = families.map((family, i) => {
      const asked = wanted[i] ?? '';
      const range = this.ranges.find(r => r.cidr.ip.family === family);
      if ((!isNew && i === 0) || !range) return asked;
      return asked ? this.take(range, asked, wanted) : this.pick(range);
    });
    spec.clusterIPs = given;
    spec.clusterIP = given[0];
  }

  /** One that the client asks for. */
  private take(range: Range, address: string, wanted: readonly string[]): string {
    const fail = (why: string) =>
      this.invalid([invalidValue('spec.clusterIPs', wanted, `failed to allocate IP ${address}: ${why}`)]);
    const ip = parseIp(address);
    if (!ip) return address;
    if (!cidrContains(range.cidr, ip) || !this.isUsable(range, address)) {
      // Upstream's dry run asks one range, its real run looks for a range.
      throw fail(
        this.request.dryRun
          ? `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${range.text}`
          : 'the provided network does not match the current range',
      );
    }
    const canonical = formatIp(ip);
    // Upstream's dry run does not ask whether somebody else has it.
    if (!this.request.dryRun && this.isTaken(canonical)) throw fail('provided IP is already allocated');
    this.reserve(canonical);
    return address;
  }

  /** Neither the network's own address nor its last, as upstream. */
  private isUsable({ cidr }: Range, address: string): boolean {
    const offset = offsetOf(cidr, address);
    return offset >= 1 && offset <= lastOffset(cidr);
  }

  private pick({ cidr }: Range): string {
    const offset = pickFree(1, lastOffset(cidr), n => this.isTaken(addressAt(cidr, n)), this.random);
    if (offset === undefined)
      throw new StatusError({
        reason: 'InternalError',
        message: 'Internal error occurred: failed to allocate a serviceIP: range is full',
      });
    const address = addressAt(cidr, offset);
    this.reserve(address);
    return address;
  }

  /** Of a new Service: ports of the same number (TCP and UDP) share one that is asked for or given. */
  private firstNodePorts(): void {
    const ports = this.next.spec?.ports ?? [];
    const shared = new Map<number, number>();
    for (const [i, port] of ports.entries()) {
      if (!port.nodePort && !needsNodePorts(this.next)) continue;
      const twin = shared.get(port.port);
      if (twin === undefined) {
        const asked = ports.find(p => p.port === port.port && p.nodePort)?.nodePort;
        port.nodePort = asked ? this.takePort(nodePortPath(i), asked) : this.pickPort();
        shared.set(port.port, port.nodePort);
      } else if (!port.nodePort) port.nodePort = twin;
      else if (port.nodePort !== twin) this.takePort(nodePortPath(i), port.nodePort);
    }
  }

  /** Of one that exists: what it has it keeps, and may use for a second protocol. */
  private changedNodePorts(before: readonly number[]): void {
    const own = new Set(before);
    for (const [i, port] of (this.next.spec?.ports ?? []).entries()) {
      if (port.nodePort) {
        if (!own.has(port.nodePort)) own.add(this.takePort(nodePortPath(i), port.nodePort));
      } else if (needsNodePorts(this.next)) port.nodePort = this.pickPort();
    }
  }

  private healthCheckPort(): void {
    const { spec } = this.next;
    if (!spec) return;
    const { healthCheckNodePort: asked = 0 } = spec;
    if (asked === 0) spec.healthCheckNodePort = this.pickPort();
    // Upstream calls this an internal error, but it is a wrong value like any other.
    else this.takePort('spec.healthCheckNodePort', asked);
  }

  private takePort(field: string, port: number): number {
    const { first, last } = this.network.nodePorts;
    const fail = (why: string) => this.invalid([invalidValue(field, port, why)]);
    // Upstream's dry run does not ask whether it is in the range.
    if ((port < first || port > last) && !this.request.dryRun)
      throw fail(`provided port is not in the valid range. The range of valid ports is ${first}-${last}`);
    if (this.isTaken(portValue(port))) throw fail('provided port is already allocated');
    this.reserve(portValue(port));
    return port;
  }

  private pickPort(): number {
    const { first, last } = this.network.nodePorts;
    const port = pickFree(first, last, n => this.isTaken(portValue(n)), this.random);
    if (port === undefined)
      throw new StatusError({
        reason: 'InternalError',
        message: 'Internal error occurred: failed to allocate a nodePort: range is full',
      });
    this.reserve(portValue(port));
    return port;
  }

  private isTaken(value: string): boolean {
    return this.taken.has(value) || this.inUse.isTaken(value, this.key);
  }

  /** A dry run takes nothing from others. */
  private reserve(value: string): void {
    this.taken.add(value);
    if (!this.request.dryRun) this.request.afterwards(this.inUse.reserve(value));
  }
}

const nodePortPath = (index: number): string => `${at('spec.ports', index)}.nodePort`;

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
