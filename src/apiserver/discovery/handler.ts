/** Discovery paths: plain, or aggregated where the client asks for that form. */

import { type Negotiated, negotiate, notAcceptable, parseAccept } from '../codec/negotiate.ts';
import { encodeValue } from '../codec/respond.ts';
import type { Exchange } from '../exchange.ts';
import type { ApiResponse } from '../request.ts';
import { methodNotAllowed, noSuchResource } from '../router.ts';
import type { SubresourceHandlers } from '../subresources/subresource.ts';
import { groupDiscoveryList } from './aggregated.ts';
import { catalogue, type ServedGroup } from './catalogue.ts';
import { apiGroup, apiGroupList, apiResourceList, apiVersions } from './plain.ts';

const FORM_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

export interface DiscoveryOptions {
  readonly subresources: SubresourceHandlers;
  /** host:port that clients reach the server at. */
  readonly serverAddress: () => string;
}

/** Undefined: not a discovery path. @throws StatusError 404, 405, 406 */
export function discovery(exchange: Exchange, options: DiscoveryOptions): ApiResponse | undefined {
  const segments = exchange.info.path.replace(/\/$/, '').split('/').slice(1);
  const [root, second, third] = segments;
  if (root !== 'api' && root !== 'apis') return undefined;
  const groups = catalogue(exchange.core.resources, options.subresources);
  if (segments.length === 1) return rootAnswer(exchange, root, groups, options);
  if (root === 'api') {
    if (exchange.request.method !== 'GET') throw methodNotAllowed();
    return versionAnswer(exchange, groups, '', second ?? '', segments.length);
  }
  const group = groups.find(g => g.name === second && g.name !== '');
  if (!group) return undefined;
  // Upstream answers any method here; only GET and HEAD mean something.
  if (third === undefined) return encodeValue(exchange, 200, apiGroup(group), plainForm(exchange));
  if (exchange.request.method !== 'GET') throw methodOr404(group, third);
  return versionAnswer(exchange, groups, group.name, third, segments.length - 1);
}

function methodOr404(group: ServedGroup, version: string) {
  return group.versions.some(v => v.version === version) ? methodNotAllowed() : noSuchResource();
}

function versionAnswer(
  exchange: Exchange,
  groups: readonly ServedGroup[],
  group: string,
  version: string,
  depth: number,
): ApiResponse {
  const served = groups.find(g => g.name === group)?.versions.find(v => v.version === version);
  if (!served || depth !== 2) throw noSuchResource();
  return encodeValue(exchange, 200, apiResourceList(served), plainForm(exchange));
}

function rootAnswer(
  exchange: Exchange,
  root: 'api' | 'apis',
  groups: readonly ServedGroup[],
  options: DiscoveryOptions,
): ApiResponse {
  if (root === 'api' && exchange.request.method !== 'GET') throw methodNotAllowed();
  const form = rootForm(exchange.request.header('accept'));
  if (form === 'aggregated') {
    const wanted = groups.filter(g => (g.name === '') === (root === 'api'));
    const answer = encodeValue(exchange, 200, groupDiscoveryList(wanted), {
      mediaType: 'application/json',
      transform: 'none',
      pretty: false,
    });
    return { ...answer, contentType: FORM_TYPE, headers: { vary: 'Accept' } };
  }
  const value = root === 'api' ? apiVersions(options.serverAddress()) : apiGroupList(groups);
  return { ...encodeValue(exchange, 200, value, form), headers: { vary: 'Accept' } };
}

function plainForm(exchange: Exchange): Negotiated {
  return negotiate(exchange.request.header('accept'), []);
}

/** @throws StatusError 406 */
function rootForm(accept: string | undefined): Negotiated | 'aggregated' {
  for (const { type, parameters } of parseAccept(accept ?? '')) {
    const isJson = type === 'application/json' || type === '*/*' || type === 'application/*' || type === '';
    const { as, g, v } = parameters;
    if (as === undefined && g === undefined && v === undefined) {
      if (isJson) return { mediaType: 'application/json', transform: 'none', pretty: false };
      if (type === 'application/yaml')
        return { mediaType: 'application/yaml', transform: 'none', pretty: false };
    } else if (isJson && as === 'APIGroupDiscoveryList' && g === 'apidiscovery.k8s.io' && v === 'v2') {
      return 'aggregated';
    }
  }
  throw notAcceptable();
}
