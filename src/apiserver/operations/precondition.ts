/**
 * A write that names another UID or resourceVersion than the object has. Upstream's store says so with
 * the key it keeps the object under, and clients see that text: the key here is upstream's, whatever
 * ours is.
 */
import { conflict, type StatusError } from '../../api/status-error.ts';
import type { Target } from '../core.ts';

/** Resources that upstream keeps under another name than their own (kubeapiserver SpecialDefaultResourcePrefixes). */
const OLD_NAMES: Readonly<Record<string, string>> = {
  replicationcontrollers: 'controllers',
  endpoints: 'services/endpoints',
  nodes: 'minions',
  services: 'services/specs',
  'ingresses.networking.k8s.io': 'ingress',
};

/** Groups of the two servers that upstream puts beside the main one: only there the group is in the key. */
const KEYED_BY_GROUP: ReadonlySet<string> = new Set(['apiextensions.k8s.io', 'apiregistration.k8s.io']);

/** @returns 409 Conflict, as upstream's GuaranteedUpdate gives it */
export function preconditionFailed(
  { resource, namespace, name }: Target,
  what: 'UID' | 'ResourceVersion',
  wanted: string,
  is: string | undefined,
): StatusError {
  const { group, resource: plural } = resource.named;
  const qualified = group === '' ? plural : `${plural}.${group}`;
  const prefix = OLD_NAMES[qualified] ?? (KEYED_BY_GROUP.has(group) ? `${group}/${plural}` : plural);
  const key = ['/registry', prefix, ...(resource.namespaced ? [namespace] : []), name].join('/');
  const why = `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${is}`;
  return conflict(
    resource.named,
    name,
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`,
  );
}
