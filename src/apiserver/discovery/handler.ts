/** Discovery paths: plain, or aggregated where the client asks for that form. */
import { createHash } from 'node:crypto';
import { parseAccept } from '../codec/accept.ts';
import { type MediaType, type Negotiated, negotiate, notAcceptable, PROTOBUF } from '../codec/negotiate.ts';
import { encodeValue } from '../codec/respond.ts';
import type { Exchange } from '../exchange.ts';
import { type ApiResponse, EMPTY } from '../request.ts';
import { methodNotAllowed, noSuchResource } from '../router.ts';
import type { SubresourceHandlers } from '../subresources/subresource.ts';
import { groupDiscoveryList } from './aggregated.ts';
import { catalogue, type ServedGroup } from './catalogue.ts';
import { apiGroup, apiGroupList, apiResourceList, apiVersions } from './plain.ts';

const AGGREGATED = ';g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

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
    if (exchange.request.method !== 'GET')
      throw methodOr404(
        groups.find(g => g.name === ''),
        second ?? '',
      );
    return versionAnswer(exchange, groups, '', second ?? '', segments.length);
  }
  const group = groups.find(g => g.name === second && g.name !== '');
  if (!group) return undefined;
  // Upstream's aggregator answers any method here, for all groups but its own.
  if (third === undefined && group.name === 'apiregistration.k8s.io' && exchange.request.method !== 'GET')
    throw methodNotAllowed();
  if (third === undefined) return encodeValue(exchange, 200, apiGroup(group), plainForm(exchange));
  if (exchange.request.method !== 'GET') throw methodOr404(group, third);
  return versionAnswer(exchange, groups, group.name, third, segments.length - 1);
}

function methodOr404(group: ServedGroup | undefined, version: string) {
  return group?.versions.some(v => v.version === version) ? methodNotAllowed() : noSuchResource();
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
  if (form.aggregated) {
    const wanted = groups.filter(g => (g.name === '') === (root === 'api'));
    return aggregatedAnswer(exchange, groupDiscoveryList(wanted), form);
  }
  const value = root === 'api' ? apiVersions(options.serverAddress()) : apiGroupList(groups);
  return { ...encodeValue(exchange, 200, value, form), headers: { vary: 'Accept' } };
}

/** Told by its hash, so that clients need not read it again (KEP-3352). */
function aggregatedAnswer(exchange: Exchange, list: Record<string, unknown>, form: Negotiated): ApiResponse {
  const hash = createHash('sha512').update(JSON.stringify(list)).digest('hex').toUpperCase();
  const etag = `"${hash}"`;
  const headers = { etag, vary: 'Accept', 'cache-control': 'public' };
  if (exchange.request.header('if-none-match') === etag)
    return { status: 304, contentType: undefined, headers, body: EMPTY };
  return {
    ...encodeValue(exchange, 200, list, form),
    contentType: form.mediaType + AGGREGATED,
    headers,
  };
}

function plainForm(exchange: Exchange): Negotiated {
  return negotiate(exchange.request.header('accept'), []);
}

interface RootForm extends Negotiated {
  readonly aggregated: boolean;
}

/** @throws StatusError 406 */
function rootForm(accept: string | undefined): RootForm {
  for (const { type, parameters } of parseAccept(accept || '*/*')) {
    const mediaType = mediaTypeOf(type);
    if (!mediaType) continue;
    const { as, g, v, pretty } = parameters;
    const plain = as === undefined && g === undefined && v === undefined;
    const aggregated = as === 'APIGroupDiscoveryList' && g === 'apidiscovery.k8s.io' && v === 'v2';
    if (plain || (aggregated && mediaType !== 'application/yaml'))
      return { mediaType, transform: 'none', metaVersion: 'v1', pretty: pretty === '1', aggregated };
  }
  throw notAcceptable();
}

function mediaTypeOf(type: string): MediaType | undefined {
  if (['application/json', '*/*', 'application/*'].includes(type)) return 'application/json';
  return type === 'application/yaml' || type === PROTOBUF ? type : undefined;
}
