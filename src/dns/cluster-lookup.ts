/**
 * The names of the cluster (Kubernetes DNS specification 1.1.0): from a question and a view of
 * the cluster to records. Pure.
 *
 *   <service>.<ns>.svc.<zone>                    cluster IPs, or all endpoints, or an alias
 *   _<port>._<proto>.<service>.<ns>.svc.<zone>   SRV
 *   <hostname>.<service>.<ns>.svc.<zone>         one endpoint of a headless service
 *   <a-b-c-d>.<ns>.pod.<zone>                    that address, if the namespace is there
 *   dns-version.<zone>                           TXT
 *   reverse names of cluster IPs and of endpoints of headless services
 */
import { SERVICE_NAME_LABEL } from '../api/well-known.ts';
import type { Service } from '../generated/core-v1.ts';
import { type ClusterView, clusterAddresses } from './cluster-view.ts';
import { type NamedEndpoint, namedEndpoints } from './headless.ts';
import type { DnsRecord, Lookup, Question, RecordData } from './record.ts';
import { addressOfPodLabel, addressOfReverseName } from './reverse-name.ts';

export interface ZoneOptions {
  /** The cluster domain, without dot at the end, in lower case. */
  readonly zone: string;
  /** Seconds. */
  readonly ttl: number;
  /** Where the zone's name server is reached: the DNS service's cluster IPs. */
  readonly serverAddresses: readonly string[];
  /** Changes when the zone does; any number will do for resolvers. */
  readonly serial: number;
}

const SCHEMA_VERSION = '1.1.0';
const NODATA: Lookup = { kind: 'nodata' };
const NXDOMAIN: Lookup = { kind: 'nxdomain' };

export function lookUpCluster(question: Question, view: ClusterView, options: ZoneOptions): Lookup {
  const name = question.name.toLowerCase();
  const labels = name.split('.');
  if (name.endsWith('.arpa')) return lookUpReverse(question, labels, view, options);
  if (name !== options.zone && !name.endsWith(`.${options.zone}`)) return { kind: 'foreign' };

  const inZone = name === options.zone ? [] : name.slice(0, -options.zone.length - 1).split('.');
  const found = new Finder(question, view, options);
  switch (inZone.at(-1)) {
    case undefined:
      return found.apex();
    case 'svc':
      return found.services(inZone.slice(0, -1).reverse());
    case 'pod':
      return found.pods(inZone.slice(0, -1).reverse());
    case 'dns-version':
      return inZone.length === 1 ? found.answer({ type: 'TXT', text: SCHEMA_VERSION }) : NXDOMAIN;
    case 'dns':
      if (inZone.length === 1) return NODATA;
      return inZone.length === 2 && inZone[0] === 'ns' ? found.addresses(options.serverAddresses) : NXDOMAIN;
    default:
      return NXDOMAIN;
  }
}

/** The record that says how long a "not there" holds (RFC 2308). */
export function startOfAuthority({ zone, ttl, serial }: ZoneOptions): DnsRecord {
  return {
    name: zone,
    ttl,
    type: 'SOA',
    mname: `ns.dns.${zone}`,
    rname: `hostmaster.${zone}`,
    serial,
    refresh: 7_200,
    retry: 1_800,
    expire: 86_400,
    minimum: ttl,
  };
}

class Finder {
  readonly #question: Question;
  readonly #view: ClusterView;
  readonly #options: ZoneOptions;

  constructor(question: Question, view: ClusterView, options: ZoneOptions) {
    this.#question = question;
    this.#view = view;
    this.#options = options;
  }

  /** The given data under the name that was asked for, as far as it is of the type asked for. */
  answer(...data: readonly RecordData[]): Lookup {
    const { name, type } = this.#question;
    const { ttl } = this.#options;
    const answers = data
      .filter(one => type === 'ANY' || one.type === type)
      .map((one): DnsRecord => ({ ...one, name, ttl }));
    return answers.length > 0 ? { kind: 'answer', answers } : NODATA;
  }

  addresses(addresses: readonly string[]): Lookup {
    return this.answer(...addresses.map(addressData));
  }

  apex(): Lookup {
    const { name: _name, ttl: _ttl, ...authority } = startOfAuthority(this.#options);
    return this.answer(authority as RecordData, { type: 'NS', target: `ns.dns.${this.#options.zone}` });
  }

  /** `path` is what stands before `svc.<zone>`, from right to left: namespace, service, … */
  services([namespace, name, third, fourth, ...more]: readonly string[]): Lookup {
    if (namespace === undefined) return NODATA;
    if (name === undefined) return this.#view.hasNamespace(namespace) ? NODATA : NXDOMAIN;
    const service = this.#view.service(namespace, name);
    if (!service || more.length > 0) return NXDOMAIN;

    const { spec } = service;
    if (spec.type === 'ExternalName') {
      return third === undefined && spec.externalName ? this.#alias(spec.externalName) : NXDOMAIN;
    }
    const addresses = clusterAddresses(service);
    const endpoints = addresses.length > 0 ? [] : namedEndpoints(this.#view.slices(namespace, name));
    // The specification wants NXDOMAIN for a headless service that nobody answers for.
    if (addresses.length === 0 && endpoints.length === 0) return NXDOMAIN;
    if (third === undefined) {
      return this.addresses(addresses.length > 0 ? addresses : endpoints.map(({ address }) => address));
    }
    if (third.startsWith('_')) return this.#ports(service, third.slice(1), fourth, addresses, endpoints);
    const own = endpoints.filter(({ label }) => label === third);
    return fourth === undefined && own.length > 0
      ? this.addresses(own.map(({ address }) => address))
      : NXDOMAIN;
  }

  pods([namespace, label, ...more]: readonly string[]): Lookup {
    if (namespace === undefined) return NODATA;
    if (!this.#view.hasNamespace(namespace) || more.length > 0) return NXDOMAIN;
    if (label === undefined) return NODATA;
    const address = addressOfPodLabel(label);
    return address === undefined ? NXDOMAIN : this.addresses([address]);
  }

  #alias(externalName: string): Lookup {
    const target = externalName.replace(/\.$/, '');
    const { name, type } = this.#question;
    const answers: DnsRecord[] = [{ name, ttl: this.#options.ttl, type: 'CNAME', target }];
    return type === 'CNAME' ? { kind: 'answer', answers } : { kind: 'alias', answers, target };
  }

  #ports(
    service: Service,
    protocol: string,
    portLabel: string | undefined,
    addresses: readonly string[],
    endpoints: readonly NamedEndpoint[],
  ): Lookup {
    const host = `${service.metadata.name}.${service.metadata.namespace}.svc.${this.#options.zone}`;
    const hosts: readonly NamedEndpoint[] =
      addresses.length > 0
        ? [{ label: '', address: '', type: 'A', ports: (service.spec.ports ?? []).map(portOf) }]
        : endpoints;
    const matching = hosts.flatMap(({ label, ports }) =>
      ports
        .filter(port => port.name !== '' && port.protocol === protocol)
        .filter(port => portLabel === undefined || `_${port.name}` === portLabel)
        .map(({ port }) => ({ port, target: label === '' ? host : `${label}.${host}` })),
    );
    const distinct = [...new Map(matching.map(one => [`${one.target} ${one.port}`, one])).values()];
    if (distinct.length === 0) return NXDOMAIN;
    if (portLabel === undefined) return NODATA;
    // Of equal priority; the weights share 100, as other servers do it.
    const weight = Math.max(1, Math.floor(100 / distinct.length));
    const lookup = this.answer(
      ...distinct.map(one => ({ type: 'SRV', priority: 0, weight, ...one }) as const),
    );
    if (lookup.kind !== 'answer') return lookup;
    const { ttl } = this.#options;
    const additionals: readonly DnsRecord[] =
      addresses.length > 0
        ? addresses.map(address => ({ ...addressData(address), name: host, ttl }))
        : endpoints.map(({ label, address }) => ({ ...addressData(address), name: `${label}.${host}`, ttl }));
    return { ...lookup, additionals };
  }
}

function lookUpReverse(
  question: Question,
  labels: readonly string[],
  view: ClusterView,
  options: ZoneOptions,
): Lookup {
  const address = addressOfReverseName(labels);
  if (address === undefined) return { kind: 'foreign' };
  const targets = new Set<string>();
  for (const { metadata } of view.servicesWithAddress(address)) {
    targets.add(`${metadata.name}.${metadata.namespace}.svc.${options.zone}`);
  }
  for (const slice of view.slicesWithAddress(address)) {
    const { namespace = '', labels: sliceLabels } = slice.metadata;
    const name = sliceLabels?.[SERVICE_NAME_LABEL] ?? '';
    const service = view.service(namespace, name);
    if (!service || clusterAddresses(service).length > 0) continue;
    for (const { label, address: own } of namedEndpoints([slice])) {
      if (own === address) targets.add(`${label}.${name}.${namespace}.svc.${options.zone}`);
    }
  }
  if (targets.size === 0) return { kind: 'foreign' };
  return new Finder(question, view, options).answer(
    ...[...targets].map(target => ({ type: 'PTR', target }) as const),
  );
}

const addressData = (address: string) => ({ type: address.includes(':') ? 'AAAA' : 'A', address }) as const;

const portOf = ({
  name,
  protocol,
  port,
}: {
  name?: string | undefined;
  protocol?: string | undefined;
  port: number;
}) => ({
  name: (name ?? '').toLowerCase(),
  protocol: (protocol ?? 'TCP').toLowerCase(),
  port,
});
