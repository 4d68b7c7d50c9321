/** Paths that are no resources, and the list of them at '/'. */
import type { TokenIssuer } from '../authn/service-account-tokens.ts';
import { parseAccept } from '../codec/accept.ts';
import { notRepresented } from '../codec/negotiate.ts';
import { jsonText } from '../codec/pretty.ts';
import { catalogue } from '../discovery/catalogue.ts';
import { type DiscoveryOptions, discovery } from '../discovery/handler.ts';
import type { Exchange } from '../exchange.ts';
import type { OpenApiHandler } from '../openapi/handler.ts';
import type { ApiResponse } from '../request.ts';
import type { RequestInfo } from '../request-info.ts';
import { methodNotAllowed, type NonResourceHandler, noSuchResource } from '../router.ts';
import { type HealthCheck, health } from './health.ts';
import { HealthMetrics } from './health-metrics.ts';
import { issuerDiscovery } from './issuer-discovery.ts';
import { versionResponse } from './version.ts';

export interface NonResourceOptions extends DiscoveryOptions {
  readonly checks: readonly HealthCheck[];
  readonly metrics?: () => ApiResponse;
  readonly tokens: TokenIssuer;
  /** Paths that only diagnosis knows; not in the list at '/'. */
  readonly debug?: (info: RequestInfo, query: URLSearchParams) => ApiResponse | undefined;
  readonly openApi?: OpenApiHandler;
}

export function createNonResource(options: NonResourceOptions): NonResourceHandler {
  const healthMetrics = new HealthMetrics();
  const observe = healthMetrics.observe.bind(healthMetrics);
  return exchange => {
    const { path } = exchange.info;
    if (path === '/version' || path === '/version/') return version(exchange);
    if (path.startsWith('/version/')) throw noSuchResource();
    if (path === '/metrics' && options.metrics) return options.metrics();
    if (path === '/metrics/slis') return healthMetrics.response();
    if (path === '/' || path === '/index.html') return index(exchange, options);
    return (
      health(path, exchange.request.query, options.checks, observe) ??
      options.debug?.(exchange.info, exchange.request.query) ??
      options.openApi?.(exchange) ??
      issuerDiscovery(path, options) ??
      discovery(exchange, options)
    );
  };
}

function version({ request }: Exchange): ApiResponse {
  if (request.method !== 'GET') throw methodNotAllowed();
  const takesJson = ({ type }: { readonly type: string }) => type === 'application/json' || type === '*/*';
  if (!parseAccept(request.header('accept') || '*/*').some(takesJson))
    throw notRepresented(['application/json']);
  return versionResponse();
}

function index(exchange: Exchange, options: NonResourceOptions): ApiResponse {
  const groups = catalogue(exchange.core.resources, options.subresources);
  const paths = ['/api', '/api/v1', '/apis', '/apis/'];
  for (const group of groups)
    if (group.name !== '')
      paths.push(`/apis/${group.name}`, ...group.versions.map(v => `/apis/${v.apiVersion}`));
  for (const endpoint of ['healthz', 'livez', 'readyz'])
    paths.push(`/${endpoint}`, ...options.checks.map(c => `/${endpoint}/${c.name}`));
  paths.push(
    '/.well-known/openid-configuration',
    '/openid/v1/jwks',
    '/metrics',
    '/metrics/slis',
    '/openapi/v2',
    '/openapi/v3',
    '/version',
  );
  const text = exchange.request.method === 'HEAD' ? '' : jsonText({ paths: paths.sort() }, true);
  return { status: 200, contentType: 'application/json', body: Buffer.from(text) };
}
