import type { Endpoint, EndpointPort, EndpointSlice } from '../../generated/discovery-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import {
  at,
  child,
  duplicate,
  type FieldError,
  invalidValue,
  notSupported,
  required,
  tooMany,
} from '../field-error.ts';
import { validateLabels } from '../meta/labels.ts';
import { dnsLabel, dnsSubdomain } from '../meta/names.ts';
import {
  checkDnsLabel,
  checkDnsSubdomain,
  checked,
  checkQualifiedName,
  enumeration,
  immutable,
  semanticEqual,
} from '../validation/checks.ts';
import { canonicalIpErrors, parseIp, specialIpErrors } from '../validation/ip.ts';
import { ipWarnings } from '../validation/ip-warnings.ts';

/** How many ports and addresses a row shows before it says how many more there are. */
const MAX_SHOWN = 3;
const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20_000;
const MAX_TOPOLOGY_LABELS = 16;
const MAX_HINTS = 8;
const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

function firstFew(values: readonly string[]): string {
  const shown = values.slice(0, MAX_SHOWN).join(',');
  return values.length > MAX_SHOWN ? `${shown} + ${values.length - MAX_SHOWN} more...` : shown || '<unset>';
}

function defaults({ ports }: EndpointSlice): void {
  for (const port of ports ?? []) {
    port.name ??= '';
    port.protocol ??= 'TCP';
  }
}

/** deprecatedTopology is from v1beta1: new content cannot set it, unchanged content keeps it. */
function dropTopology(next: EndpointSlice, old?: EndpointSlice): void {
  if (old && semanticEqual(next.endpoints, old.endpoints)) return;
  for (const endpoint of next.endpoints ?? []) delete endpoint.deprecatedTopology;
}

/** A domain name of at least two labels; a dot at the end is fine. */
function validateFqdn(text: string, path: string): FieldError[] {
  if (text === '') return [required(path)];
  const domain = text.endsWith('.') ? text.slice(0, -1) : text;
  const errors = checkDnsSubdomain(path, domain);
  if (errors.length > 0) return errors;
  const labels = domain.split('.');
  if (labels.length < 2) {
    return [invalidValue(path, text, 'should be a domain with at least two segments separated by dots')];
  }
  return labels.flatMap(label => dnsLabel(label).map(m => invalidValue(path, label, m)));
}

function validateAddress(address: string, type: string, list: string, i: number): FieldError[] {
  const path = at(list, i);
  if (type === 'FQDN') return validateFqdn(address, path);
  if (type !== 'IPv4' && type !== 'IPv6') return [];
  const errors = checked(path, address, canonicalIpErrors);
  const ip = parseIp(address);
  if (!ip) return errors;
  if (ip.family !== type) errors.push(invalidValue(list, address, `must be an ${type} address`));
  return [...errors, ...checked(path, address, specialIpErrors)];
}

function validateEndpoint(endpoint: Endpoint, type: string, path: string): FieldError[] {
  const list = child(path, 'addresses');
  const addresses = endpoint.addresses ?? [];
  const errors: FieldError[] = [];
  if (addresses.length === 0) errors.push(required(list, 'must contain at least 1 address'));
  else if (addresses.length > MAX_ADDRESSES) {
    errors.push(tooMany(list, addresses.length, MAX_ADDRESSES));
  }
  errors.push(...addresses.flatMap((address, i) => validateAddress(address, type, list, i)));
  if (endpoint.nodeName !== undefined) {
    errors.push(...checked(child(path, 'nodeName'), endpoint.nodeName, v => dnsSubdomain(v)));
  }
  const topology = child(path, 'deprecatedTopology');
  const labels = Object.keys(endpoint.deprecatedTopology ?? {}).length;
  if (labels > MAX_TOPOLOGY_LABELS) errors.push(tooMany(topology, labels, MAX_TOPOLOGY_LABELS));
  errors.push(...validateLabels(endpoint.deprecatedTopology, topology));
  if (endpoint.hostname !== undefined) {
    errors.push(...checkDnsLabel(child(path, 'hostname'), endpoint.hostname));
  }
  const hints = child(path, 'hints');
  errors.push(...validateHints(endpoint.hints?.forZones ?? [], child(hints, 'forZones')));
  errors.push(...validateHints(endpoint.hints?.forNodes ?? [], child(hints, 'forNodes')));
  return errors;
}

function validateHints(hints: readonly { readonly name: string }[], path: string): FieldError[] {
  if (hints.length > MAX_HINTS) return [tooMany(path, hints.length, MAX_HINTS)];
  return hints.flatMap(({ name: zone }, i) => {
    const first = hints.findIndex(hint => hint.name === zone);
    return first < i ? [duplicate(child(at(path, i), 'name'), zone)] : [];
  });
}

function validatePorts(ports: readonly EndpointPort[]): FieldError[] {
  if (ports.length > MAX_PORTS) return [tooMany('ports', ports.length, MAX_PORTS)];
  const names = new Set<string>();
  return ports.flatMap((port, i) => {
    const path = at('ports', i);
    const portName = port.name ?? '';
    const errors = portName ? checkDnsLabel(child(path, 'name'), portName) : [];
    if (names.has(portName)) errors.push(duplicate(child(path, 'name'), portName));
    names.add(portName);
    if (port.protocol !== undefined && !PROTOCOLS.includes(port.protocol)) {
      errors.push(notSupported(child(path, 'protocol'), port.protocol, PROTOCOLS));
    }
    if (port.appProtocol !== undefined) {
      errors.push(...checkQualifiedName(child(path, 'appProtocol'), port.appProtocol));
    }
    return errors;
  });
}

/** What is stored was valid for its address type: unchanged endpoints are not looked at again. */
function validate({ addressType, endpoints, ports }: EndpointSlice, old?: EndpointSlice): FieldError[] {
  const list = old && semanticEqual(endpoints, old.endpoints) ? [] : (endpoints ?? []);
  return [
    ...enumeration('addressType', addressType, ADDRESS_TYPES),
    ...(list.length > MAX_ENDPOINTS
      ? [tooMany('endpoints', list.length, MAX_ENDPOINTS)]
      : list.flatMap((e, i) => validateEndpoint(e, addressType, at('endpoints', i)))),
    ...validatePorts(ports ?? []),
  ];
}

export const endpointSlice = defineKind<EndpointSlice>({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  singular: 'endpointslice',
  namespaced: true,
  schema: 'io.k8s.api.discovery.v1.EndpointSlice',
  tracksGeneration: true,
  generationInput: ({ metadata, ...content }) => ({ ...content, labels: metadata.labels }),
  defaults,
  prepareForCreate: o => dropTopology(o),
  prepareForUpdate: (next, old) => {
    const hasTopology = () => next.endpoints?.some(e => e.deprecatedTopology !== undefined);
    const had = hasTopology();
    dropTopology(next, old);
    // Upstream compares before it drops: whoever still sends topology makes a new generation.
    if (had && !hasTopology()) next.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: o => validate(o),
  validateUpdate: (next, old) => [
    ...validate(next, old),
    ...immutable('addressType', next.addressType, old.addressType),
  ],
  warnings: o =>
    o.addressType === 'FQDN'
      ? ['spec.addressType: FQDN endpoints are deprecated']
      : (o.endpoints ?? []).flatMap(({ addresses }, i) =>
          (addresses ?? []).flatMap((ip, j) => ipWarnings(`${at('endpoints', i)}.${at('addresses', j)}`, ip)),
        ),
  columns: [
    name,
    column('AddressType', o => o.addressType),
    column('Ports', o => firstFew((o.ports ?? []).map(p => String(p.port ?? p.name ?? '*')))),
    column('Endpoints', o => firstFew((o.endpoints ?? []).flatMap(e => e.addresses ?? []))),
    age,
  ],
});
