/** Names of other things: objects by group, kind and name, and domain-prefixed paths. */
import { child, type FieldError, invalidValue, required } from '../field-error.ts';
import { dnsSubdomain, pathSegmentName, regexError } from '../meta/names.ts';
import { checkDnsSubdomain, checked } from './checks.ts';

interface TypedReference {
  readonly apiGroup?: string | undefined;
  readonly kind: string;
  readonly name: string;
}

export function validateTypedReference({ apiGroup, kind, name }: TypedReference, path: string): FieldError[] {
  const segment = (field: string, value: string) =>
    value ? checked(child(path, field), value, v => pathSegmentName(v)) : [required(child(path, field))];
  return [
    ...(apiGroup === undefined ? [] : checkDnsSubdomain(child(path, 'apiGroup'), apiGroup)),
    ...segment('kind', kind),
    ...segment('name', name),
  ];
}

const PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";

/** acme.io/foo: a domain and a path below it. */
export function validateDomainPath(value: string, path: string): FieldError[] {
  if (!value) return [required(path)];
  const slash = value.indexOf('/');
  const [domain, rest] = [value.slice(0, Math.max(0, slash)), value.slice(slash + 1)];
  if (slash < 0 || !domain || !rest) {
    return [invalidValue(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  }
  const errors = dnsSubdomain(domain).map(m => invalidValue(path, domain, m));
  if (!new RegExp(`^${PATH}$`).test(rest))
    errors.push(invalidValue(path, rest, regexError('Invalid path', PATH)));
  return errors;
}
