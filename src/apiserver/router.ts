/**
 * From an authorized request to the handler that answers it: resources by group, version, plural,
 * subresource and verb; everything else by path. Unknown groups are 404 in plain text, unknown
 * resources a Status, wrong methods 405, as upstream.
 */
import { goQuote } from '../api/go-quote.ts';
import { badRequest, notFound, StatusError } from '../api/status-error.ts';
import { parseAccept } from './codec/accept.ts';
import { isKnownType, notAcceptable } from './codec/negotiate.ts';
import type { ServerCore } from './core.ts';
import type { Exchange, ResourceExchange } from './exchange.ts';
import { deprecationOf } from './registry/deprecations.ts';
import type { Resource } from './registry/resource.ts';
import { type ApiResponse, pageNotFound } from './request.ts';
import type { SubresourceHandlers } from './subresources/subresource.ts';
import { create } from './verbs/create.ts';
import { deleteOne } from './verbs/delete.ts';
import { deleteCollection } from './verbs/delete-collection.ts';
import { get } from './verbs/get.ts';
import { list } from './verbs/list.ts';
import { patch } from './verbs/patch.ts';
import { update } from './verbs/update.ts';
import { watch } from './verbs/watch.ts';

type Handler = (exchange: ResourceExchange) => ApiResponse | Promise<ApiResponse>;

const VERBS: Readonly<Record<string, Handler>> = {
  get,
  list,
  watch: exchange => watch(exchange),
  create,
  update: exchange => update(exchange),
  patch: exchange => patch(exchange),
  delete: deleteOne,
  deletecollection: deleteCollection,
};

export type NonResourceHandler = (exchange: Exchange) => ApiResponse | Promise<ApiResponse> | undefined;

export interface RouterOptions {
  readonly core: ServerCore;
  readonly subresources: SubresourceHandlers;
  /** Answers create of kinds that are not stored. */
  readonly reviews: (resource: Resource) => Handler | undefined;
  /** Discovery, health and the like; undefined when it knows no such path. */
  readonly nonResource: NonResourceHandler;
}

export class Router {
  constructor(private readonly options: RouterOptions) {}

  /** @throws StatusError */
  route(exchange: Exchange): ApiResponse | Promise<ApiResponse> {
    const { info } = exchange;
    if (!info.resourceRequest) return this.options.nonResource(exchange) ?? pageNotFound();
    const { resources } = this.options.core;
    const resource = resources.lookup(info.group, info.version, info.resource);
    if (!resource) {
      if (!resources.hasGroup(info.group) || resources.isCustomGroup(info.group)) return pageNotFound();
      throw noSuchResource();
    }
    if (!fits(resource, exchange)) {
      if (resource.definition.custom) return pageNotFound();
      throw noSuchResource();
    }
    const { core, request, caller } = exchange;
    const { namespace, name } = info;
    const own: ResourceExchange = {
      core,
      request,
      info,
      caller,
      resource,
      target: { resource, namespace: resource.namespaced ? namespace : '', name },
    };
    if (resource.definition.custom) refuseForeign(own);
    return info.subresource === '' ? this.mainResource(own) : this.subresource(own);
  }

  private mainResource(exchange: ResourceExchange): ApiResponse | Promise<ApiResponse> {
    const { resource, info, request } = exchange;
    const review = this.options.reviews(resource);
    if (review) {
      // Nothing is kept, so nothing has a name.
      if (info.name !== '') throw noSuchResource();
      if (info.verb !== 'create') throw methodNotAllowed();
      return review(exchange);
    }
    const handler = VERBS[info.verb];
    const collectionVerb = info.verb === 'create' || info.verb === 'list' || info.verb === 'deletecollection';
    const fitsPath = info.verb === 'watch' || collectionVerb === (info.name === '');
    const served = resource.verbs.some(v => v === info.verb);
    const writesWatch = info.verb === 'watch' && request.method !== 'GET';
    if (!handler || !served || !fitsPath || writesWatch || request.method === 'HEAD')
      throw refusedMethod(exchange);
    // Created in all namespaces: there is no such place.
    if (info.verb === 'create' && resource.namespaced && info.namespace === '') throw methodNotAllowed();
    warnOfDeprecation(exchange);
    checkPathName(info.name);
    return handler(exchange);
  }

  private subresource(exchange: ResourceExchange): ApiResponse | Promise<ApiResponse> {
    const { info, request } = exchange;
    const handlers = this.options.subresources.find(exchange.resource, info.subresource);
    const { resource } = exchange;
    if (!handlers && resource.definition.custom) throw notFound(resource.named, info.name);
    if (!handlers || (info.parts.length > 3 && !handlers.connect)) throw noSuchResource();
    const readOnly = request.method === 'HEAD' || request.method === 'OPTIONS';
    const handler = readOnly ? handlers.connect && handlers.verbs['get'] : handlers.verbs[info.verb];
    if (!handler) throw refusedMethod(exchange);
    checkPathName(info.name);
    return handler(exchange);
  }
}

function warnOfDeprecation({ resource, caller }: ResourceExchange): void {
  const text = deprecationOf(resource);
  if (text !== undefined) caller.warn(text);
}

/** Scope and depth of the path are those of the resource. */
function fits(resource: Resource, { info }: Exchange): boolean {
  // All namespaces together is a place to list, and no other.
  if (resource.namespaced)
    return info.namespace !== '' || (info.name === '' && resource.verbs.includes('list'));
  return info.namespace === '' || (info.resource === 'namespaces' && !info.insideNamespace);
}

export function noSuchResource(): StatusError {
  return new StatusError({
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
    details: {},
  });
}

/** What upstream's router does for the others, and its handler says before it looks. @throws StatusError 400, 406 */
function refuseForeign({ request }: ResourceExchange): void {
  const accept = request.header('accept');
  const include = request.query.get('includeObject') ?? '';
  if (accept?.includes('as=Table') && !['', 'Metadata', 'Object', 'None'].includes(include))
    throw badRequest(
      `Unable to convert to Table as requested: includeObject: Invalid value: ${goQuote(include)}: must be 'Metadata', 'Object', 'None', or empty`,
    );
  if (accept && !parseAccept(accept).some(({ type }) => isKnownType(type))) throw notAcceptable();
}

/** Custom resources have no router of their own upstream: their handler refuses, and says more. */
function refusedMethod({ resource, info }: ResourceExchange): StatusError {
  if (!resource.definition.custom) return methodNotAllowed();
  const { group, resource: plural } = resource.named;
  return new StatusError({
    reason: 'MethodNotAllowed',
    message: `${info.verb} is not supported on resources of kind ${goQuote(`${plural}.${group}`)}`,
    details: { group, kind: plural },
  });
}

export function methodNotAllowed(): StatusError {
  return new StatusError({
    reason: 'MethodNotAllowed',
    message: 'the server does not allow this method on the requested resource',
    details: {},
  });
}

/** Names that cannot be a path segment. @throws StatusError 400 */
function checkPathName(name: string): void {
  const why =
    name === '.' || name === '..'
      ? `may not be '${name}'`
      : name.includes('%')
        ? "may not contain '%'"
        : name.includes('/')
          ? "may not contain '/'"
          : undefined;
  if (why) throw badRequest(`Name parameter invalid: ${goQuote(name)}: ${why}`);
}
