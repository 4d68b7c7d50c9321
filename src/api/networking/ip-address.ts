import type { IPAddress } from '../../generated/networking-v1.ts';
import { column, name } from '../columns.ts';
import { defineKind } from '../define.ts';

/** group, resource, namespace and name of the object that holds the address, as far as they are set. */
function parent({ spec }: IPAddress): string {
  const reference = spec?.parentRef;
  if (!reference) return '<none>';
  const resource = [reference.resource, reference.group].filter(Boolean).join('.');
  return [resource, reference.namespace, reference.name].filter(Boolean).join('/');
}

export const ipAddress = defineKind<IPAddress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  plural: 'ipaddresses',
  singular: 'ipaddress',
  shortNames: ['ip'],
  namespaced: false,
  schema: 'io.k8s.api.networking.v1.IPAddress',
  columns: [name, column('ParentRef', o => parent(o))],
});
