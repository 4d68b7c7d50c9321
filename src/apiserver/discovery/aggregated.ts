/** Aggregated discovery (apidiscovery.k8s.io/v2): everything in one answer. Pure. */
import type { Resource } from '../registry/resource.ts';
import type { Subresource } from '../subresources/subresource.ts';
import type { ServedGroup, ServedResource } from './catalogue.ts';

const AGGREGATED = 'apidiscovery.k8s.io/v2';

export function groupDiscoveryList(groups: readonly ServedGroup[]): Record<string, unknown> {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: AGGREGATED,
    metadata: {},
    items: groups.map(group => ({
      metadata: group.name === '' ? {} : { name: group.name },
      versions: group.versions.map(({ version, resources }) => ({
        version,
        resources: resources.map(resourceDiscovery),
        freshness: 'Current',
      })),
    })),
  };
}

function resourceDiscovery({ resource, subresources }: ServedResource): Record<string, unknown> {
  const { plural, singular, namespaced, shortNames, categories } = resource.definition;
  return {
    resource: plural,
    responseKind: responseKind(resource),
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs: resource.offeredVerbs,
    ...(shortNames?.length ? { shortNames } : {}),
    ...(categories?.length ? { categories } : {}),
    ...(subresources.length > 0
      ? { subresources: subresources.map(s => subresourceDiscovery(resource, s)) }
      : {}),
  };
}

function subresourceDiscovery(
  resource: Resource,
  [name, subresource]: readonly [string, Subresource],
): Record<string, unknown> {
  return {
    subresource: name,
    responseKind: responseKind(resource, subresource),
    verbs: Object.keys(subresource.verbs).sort(),
  };
}

/** Group and version are empty where they are those of the list the resource is in. */
function responseKind(
  { definition }: Resource,
  { kind, group = '', version = '' }: Partial<Subresource> = {},
) {
  return { group, version, kind: kind ?? definition.kind };
}
