/**
 * What is served, in the order discovery shows it: groups by upstream's priorities (clients prefer
 * earlier groups where a name is ambiguous), versions with the preferred one first, resources by
 * name. Computed from the registry, so that kinds made at run time appear.
 */
import { apiVersionOf } from '../../api/object.ts';
import { compareVersions } from '../../api/version-order.ts';
import type { ResourceRegistry } from '../registry/registry.ts';
import type { Resource } from '../registry/resource.ts';
import type { Subresource, SubresourceHandlers } from '../subresources/subresource.ts';

const GROUP_ORDER = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'resource.k8s.io',
  'flowcontrol.apiserver.k8s.io',
];

export interface ServedGroup {
  readonly name: string;
  /** Preferred first. */
  readonly versions: readonly ServedVersion[];
}

export interface ServedVersion {
  readonly version: string;
  readonly apiVersion: string;
  readonly resources: readonly ServedResource[];
}

export interface ServedResource {
  readonly resource: Resource;
  /** By name, sorted. */
  readonly subresources: readonly (readonly [string, Subresource])[];
}

export function catalogue(registry: ResourceRegistry, handlers: SubresourceHandlers): readonly ServedGroup[] {
  const groups = new Map<string, Map<string, ServedResource[]>>();
  for (const resource of registry.all()) {
    const { group, version } = resource.definition;
    const versions = getOrMake(groups, group, () => new Map<string, ServedResource[]>());
    const named = [...handlers.of(resource)];
    // Custom resources show theirs in the order of their definition: status, then scale.
    const subresources = resource.definition.custom ? named : named.sort(([a], [b]) => (a < b ? -1 : 1));
    getOrMake(versions, version, () => []).push({ resource, subresources });
  }
  return [...groups]
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map(([name, versions]) => ({
      name,
      versions: [...versions]
        .sort(([a], [b]) => compareVersions(b, a))
        .map(([version, resources]) => ({
          version,
          apiVersion: apiVersionOf({ group: name, version }),
          resources: resources.sort((a, b) => (plural(a) < plural(b) ? -1 : 1)),
        })),
    }));
}

const plural = (served: ServedResource) => served.resource.definition.plural;

function rank(group: string): number {
  const at = GROUP_ORDER.indexOf(group);
  return at < 0 ? GROUP_ORDER.length : at;
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
