/** Validation of Ingresses (upstream's ValidateIngressSpec). */
import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressRule,
  IngressTLS,
} from '../../generated/networking-v1.ts';
import { at, child, type FieldError, invalidValue, notSupported, required } from '../field-error.ts';
import { dnsSubdomain, portName, wildcardDnsSubdomain } from '../meta/names.ts';
import { wroteEmptyList } from '../schema/empty-lists.ts';
import { checkDnsLabel, checkDnsSubdomain, checked, inRange } from '../validation/checks.ts';
import { ipErrors, parseIp } from '../validation/ip.ts';
import { validateTypedReference } from '../validation/references.ts';

const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];
/** What a proxy could read in two ways. */
const AMBIGUOUS = ['//', '/./', '/../', '%2f', '%2F'];
const AMBIGUOUS_ENDS = ['/..', '/.'];

export function validateIngressSpec(ingress: Ingress): FieldError[] {
  const { spec } = ingress;
  const { rules = [], tls = [], defaultBackend, ingressClassName } = spec ?? {};
  const errors: FieldError[] = [];
  if (rules.length === 0 && !defaultBackend) {
    const why = 'either `defaultBackend` or `rules` must be specified';
    errors.push(invalidValue('spec', wroteEmptyList(ingress, 'spec.rules') ? [] : null, why));
  }
  return [
    ...errors,
    ...(defaultBackend ? validateBackend(defaultBackend, 'spec.defaultBackend') : []),
    ...rules.flatMap((rule, i) => validateRule(rule, at('spec.rules', i))),
    ...tls.flatMap((item, i) => validateTls(item, at('spec.tls', i))),
    ...(ingressClassName === undefined ? [] : checkDnsSubdomain('spec.ingressClassName', ingressClassName)),
  ];
}

const checkHost = (path: string, host: string) =>
  checked(path, host, host.includes('*') ? wildcardDnsSubdomain : v => dnsSubdomain(v));

function validateRule({ host, http }: IngressRule, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (host) {
    const where = child(path, 'host');
    if (parseIp(host)) errors.push(invalidValue(where, host, 'must be a DNS name, not an IP address'));
    errors.push(...checkHost(where, host));
  }
  if (!http) return errors;
  const list = child(path, 'http.paths');
  if (!http.paths?.length) return [...errors, required(list)];
  return [...errors, ...http.paths.flatMap((item, i) => validatePath(item, at(list, i)))];
}

function validatePath({ path: text = '', pathType, backend }: HTTPIngressPath, path: string): FieldError[] {
  const where = child(path, 'path');
  const errors: FieldError[] = [];
  if (pathType === undefined) return [required(child(path, 'pathType'), 'pathType must be specified')];
  const relative = invalidValue(where, text, 'must be an absolute path');
  if (pathType === 'Exact' || pathType === 'Prefix') {
    if (!text.startsWith('/')) errors.push(relative);
    const inside = AMBIGUOUS.filter(s => text.includes(s)).map(s => `must not contain '${s}'`);
    const atEnd = AMBIGUOUS_ENDS.filter(s => text.endsWith(s)).map(s => `cannot end with '${s}'`);
    errors.push(...[...inside, ...atEnd].map(why => invalidValue(where, text, why)));
  } else if (pathType === 'ImplementationSpecific') {
    if (text && !text.startsWith('/')) errors.push(relative);
  } else errors.push(notSupported(child(path, 'pathType'), pathType, PATH_TYPES));
  return [...errors, ...validateBackend(backend, child(path, 'backend'))];
}

function validateBackend({ resource, service }: IngressBackend, path: string): FieldError[] {
  if (resource && service) return [invalidValue(path, '', 'cannot set both resource and service backends')];
  if (resource) return validateTypedReference(resource, child(path, 'resource'));
  if (!service) return [invalidValue(path, '', 'resource or service backend is required')];
  const name = child(path, 'service.name');
  const errors = service.name ? checkDnsLabel(name, service.name) : [required(name)];
  const port = service.port ?? {};
  const where = child(path, 'service.port');
  if (port.name && port.number)
    errors.push(invalidValue(path, '', 'cannot set both port name & port number'));
  else if (port.name) errors.push(...checked(child(where, 'name'), port.name, portName));
  else if (port.number) errors.push(...inRange(child(where, 'number'), port.number, 1, 65535));
  else errors.push(required(path, 'port name or number is required'));
  return errors;
}

function validateTls({ hosts = [], secretName }: IngressTLS, path: string): FieldError[] {
  return [
    ...hosts.flatMap((host, i) => checkHost(at(child(path, 'hosts'), i), host)),
    ...(secretName ? checkDnsSubdomain(child(path, 'secretName'), secretName) : []),
  ];
}

export function validateIngressStatus({ status }: Ingress): FieldError[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }, i) => {
    const path = at('status.loadBalancer.ingress', i);
    const errors = ip ? checked(child(path, 'ip'), ip, ipErrors) : [];
    if (!hostname) return errors;
    const where = child(path, 'hostname');
    errors.push(...checkDnsSubdomain(where, hostname));
    if (parseIp(hostname))
      errors.push(invalidValue(where, hostname, 'must be a DNS name, not an IP address'));
    return errors;
  });
}
