import type { EndpointAddress, EndpointPort, EndpointSubset, Endpoints } from '../../generated/core-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { at, child, type FieldError, required } from '../field-error.ts';
import { dnsSubdomain } from '../meta/names.ts';
import { checkDnsLabel, checked, checkQualifiedName, enumeration, inRange } from '../validation/checks.ts';
import { ipErrors, specialIpErrors } from '../validation/ip.ts';
import { ipWarnings } from '../validation/ip-warnings.ts';

/** How many addresses a row shows before it says how many more there are. */
const MAX_SHOWN = 3;
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

function addresses(endpoints: Endpoints): string {
  if (!endpoints.subsets?.length) return '<none>';
  const all = endpoints.subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(a => a.ip)
      : ports.flatMap(p =>
          addresses.map(a => (a.ip.includes(':') ? `[${a.ip}]:${p.port}` : `${a.ip}:${p.port}`)),
        ),
  );
  const shown = all.slice(0, MAX_SHOWN).join(',');
  return all.length > MAX_SHOWN ? `${shown} + ${all.length - MAX_SHOWN} more...` : shown;
}

function defaults({ subsets = [] }: Endpoints): void {
  for (const port of subsets.flatMap(subset => subset.ports ?? [])) port.protocol ||= 'TCP';
}

function validateAddress(address: EndpointAddress, path: string): FieldError[] {
  const ip = child(path, 'ip');
  return [
    ...checked(ip, address.ip, ipErrors),
    ...(address.hostname ? checkDnsLabel(child(path, 'hostname'), address.hostname) : []),
    ...(address.nodeName === undefined
      ? []
      : checked(child(path, 'nodeName'), address.nodeName, v => dnsSubdomain(v))),
    ...checked(ip, address.ip, specialIpErrors),
  ];
}

function validatePort(port: EndpointPort, nameNeeded: boolean, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (port.name) errors.push(...checkDnsLabel(child(path, 'name'), port.name));
  else if (nameNeeded) errors.push(required(child(path, 'name')));
  errors.push(...inRange(child(path, 'port'), port.port, 1, 65535));
  errors.push(...enumeration(child(path, 'protocol'), port.protocol, PROTOCOLS));
  if (port.appProtocol !== undefined) {
    errors.push(...checkQualifiedName(child(path, 'appProtocol'), port.appProtocol));
  }
  return errors;
}

function validateSubset(subset: EndpointSubset, path: string): FieldError[] {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
  return [
    ...(addresses.length + notReadyAddresses.length === 0
      ? [required(path, 'must specify `addresses` or `notReadyAddresses`')]
      : []),
    ...addresses.flatMap((a, i) => validateAddress(a, at(child(path, 'addresses'), i))),
    ...notReadyAddresses.flatMap((a, i) => validateAddress(a, at(child(path, 'notReadyAddresses'), i))),
    ...ports.flatMap((p, i) => validatePort(p, ports.length > 1, at(child(path, 'ports'), i))),
  ];
}

export const endpoints = defineKind<Endpoints>({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Endpoints',
  allowCreateOnUpdate: true,
  deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  defaults,
  validate: o => (o.subsets ?? []).flatMap((subset, i) => validateSubset(subset, at('subsets', i))),
  warnings: o =>
    (o.subsets ?? []).flatMap((subset, i) =>
      (['addresses', 'notReadyAddresses'] as const).flatMap(field =>
        (subset[field] ?? []).flatMap(({ ip }, j) =>
          ipWarnings(`${at('subsets', i)}.${at(field, j)}.ip`, ip),
        ),
      ),
    ),
  columns: [name, column('Endpoints', addresses), age],
});
