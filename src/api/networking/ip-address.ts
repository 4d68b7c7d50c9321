import type { IPAddress } from '../../generated/networking-v1.ts';
import { column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { type FieldError, required } from '../field-error.ts';
import { pathSegmentName } from '../meta/names.ts';
import { checkDnsSubdomain, checked, immutable } from '../validation/checks.ts';
import { canonicalIpErrors } from '../validation/ip.ts';

/** group, resource, namespace and name of the object that holds the address, as far as they are set. */
function parent({ spec }: IPAddress): string {
  const reference = spec?.parentRef;
  if (!reference) return '<none>';
  const resource = [reference.resource, reference.group].filter(Boolean).join('.');
  return [resource, reference.namespace, reference.name].filter(Boolean).join('/');
}

function validate({ spec }: IPAddress): FieldError[] {
  const reference = spec?.parentRef;
  const path = 'spec.parentRef';
  if (!reference) return [required(path)];
  const segment = (field: 'name' | 'namespace' | 'resource', needed: boolean) => {
    const value = reference[field];
    if (!value) return needed ? [required(`${path}.${field}`)] : [];
    return checked(`${path}.${field}`, value, v => pathSegmentName(v));
  };
  return [
    ...(reference.group ? checkDnsSubdomain(`${path}.group`, reference.group) : []),
    ...segment('resource', true),
    ...segment('name', true),
    ...segment('namespace', false),
  ];
}

/** As upstream's struct prints: it has no JSON names. */
const shownParent = ({ spec }: IPAddress) =>
  spec?.parentRef
    ? {
        Group: spec.parentRef.group ?? '',
        Resource: spec.parentRef.resource ?? '',
        Namespace: spec.parentRef.namespace ?? '',
        Name: spec.parentRef.name ?? '',
      }
    : null;

export const ipAddress = defineKind<IPAddress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  plural: 'ipaddresses',
  singular: 'ipaddress',
  shortNames: ['ip'],
  namespaced: false,
  schema: 'io.k8s.api.networking.v1.IPAddress',
  nameRule: canonicalIpErrors,
  // An address with a suffix is none.
  generateName: base => base,
  validate,
  validateUpdate: (next, old) => [
    ...validate(next),
    ...immutable('spec.parentRef', next.spec?.parentRef, old.spec?.parentRef, shownParent(next)),
  ],
  // Upstream's rows end with an age that no column stands for.
  columns: [name, column('ParentRef', o => parent(o)), { ...column('Age', () => null), undeclared: true }],
});
