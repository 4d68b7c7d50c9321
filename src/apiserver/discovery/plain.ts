/** Discovery as it has always been: /api, /apis, /apis/<group>, /apis/<group>/<version>. Pure. */
import { createHash } from 'node:crypto';
import type { Resource } from '../registry/resource.ts';
import type { Subresource } from '../subresources/subresource.ts';
import type { ServedGroup, ServedVersion } from './catalogue.ts';

export function apiVersions(serverAddress: string): Record<string, unknown> {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}

export function apiGroupList(groups: readonly ServedGroup[]): Record<string, unknown> {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groups.filter(g => g.name !== '').map(groupEntry),
  };
}

export function apiGroup(group: ServedGroup): Record<string, unknown> {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group) };
}

function groupEntry(group: ServedGroup): Record<string, unknown> {
  const versions = group.versions.map(v => ({ groupVersion: v.apiVersion, version: v.version }));
  return { name: group.name, versions, preferredVersion: versions[0] };
}

export function apiResourceList(served: ServedVersion): Record<string, unknown> {
  const resources = served.resources.flatMap(({ resource, subresources }) => [
    resourceEntry(resource),
    ...subresources.map(([name, subresource]) => subresourceEntry(resource, name, subresource)),
  ]);
  // The core group's list predates the field.
  const head = served.apiVersion === 'v1' ? {} : { apiVersion: 'v1' };
  return { kind: 'APIResourceList', ...head, groupVersion: served.apiVersion, resources };
}

function resourceEntry(resource: Resource): Record<string, unknown> {
  const { plural, singular, namespaced, kind, shortNames, categories } = resource.definition;
  const isStored = resource.verbs.includes('get') && resource.verbs.includes('update');
  return {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs: resource.offeredVerbs,
    ...(shortNames?.length ? { shortNames } : {}),
    ...(categories?.length ? { categories } : {}),
    ...(isStored ? { storageVersionHash: storageVersionHash(resource) } : {}),
  };
}

function subresourceEntry(
  resource: Resource,
  name: string,
  subresource: Subresource,
): Record<string, unknown> {
  const { plural, namespaced, kind } = resource.definition;
  return {
    name: `${plural}/${name}`,
    singularName: '',
    namespaced,
    ...(subresource.group === undefined ? {} : { group: subresource.group, version: subresource.version }),
    kind: subresource.kind ?? kind,
    verbs: Object.keys(subresource.verbs).sort(),
  };
}

/** Says whether the stored form has changed (API reference, APIResource); what is hashed is upstream's choice. */
function storageVersionHash({ storage: { group, version, kind } }: Resource): string {
  return createHash('sha256')
    .update(`${group}/${version}/${kind}`)
    .digest()
    .subarray(0, 8)
    .toString('base64');
}
