/**
 * pods/proxy and services/proxy: an HTTP request handed on to a pod, or to an endpoint of a Service
 * (API concepts, "Proxy"). Names are `[scheme:]name[:port]`; of several endpoints one is taken at
 * random. Loopback and link-local addresses are refused: they would be this machine's own.
 */
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { badRequest, notFound, StatusError } from '../../api/status-error.ts';
import { specialIpErrors } from '../../api/validation/ip.ts';
import type { Pod } from '../../generated/core-v1.ts';
import type { EndpointSlice } from '../../generated/discovery-v1.ts';
import type { ResourceExchange } from '../exchange.ts';
import type { ApiResponse } from '../request.ts';
import type { Subresource, SubresourceHandler } from './subresource.ts';

interface Destination {
  readonly host: string;
  readonly port: number;
}

interface ProxyName {
  readonly scheme: 'http' | 'https';
  readonly name: string;
  /** A number or a port's name; '' when none is named. */
  readonly port: string;
}

type Resolve = (exchange: ResourceExchange, name: ProxyName) => Destination;

export const podProxy: Subresource = proxy('PodProxyOptions', resolvePod);
export const serviceProxy: Subresource = proxy('ServiceProxyOptions', resolveService);

/** Hop-by-hop headers (RFC 9110, 7.6.1) and those that are about this server. */
const NOT_PASSED = new Set([
  'authorization',
  'connection',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const TIMEOUT_MS = 60_000;

function proxy(kind: string, resolve: Resolve): Subresource {
  const handler: SubresourceHandler = exchange => pass(exchange, resolve);
  return {
    kind,
    anyPath: true,
    verbs: { get: handler, create: handler, update: handler, patch: handler, delete: handler },
  };
}

async function pass(exchange: ResourceExchange, resolve: Resolve): Promise<ApiResponse> {
  const { request, info, target } = exchange;
  const name = parseName(target.name);
  const { host, port } = resolve(exchange, name);
  if (host === '' || specialIpErrors(host).length > 0) throw badRequest('address not allowed');
  const query = request.query.toString();
  const path = `/${info.parts.slice(3).map(encodeURIComponent).join('/')}${query ? `?${query}` : ''}`;
  const body = await request.body();
  const answer = await send(name.scheme, {
    host,
    port,
    path,
    method: request.method,
    body,
    headers: headersOf(exchange),
    signal: request.signal,
  });
  return {
    status: answer.statusCode ?? 502,
    contentType: answer.headers['content-type'],
    headers: passable(answer.headers),
    body: answer,
  };
}

/** name, name:port, scheme:name:port. */
function parseName(text: string): ProxyName {
  const parts = text.split(':');
  if (parts.length === 3)
    return { scheme: parts[0] === 'https' ? 'https' : 'http', name: parts[1] ?? '', port: parts[2] ?? '' };
  return { scheme: 'http', name: parts[0] ?? '', port: parts[1] ?? '' };
}

function resolvePod({ core, resource, target }: ResourceExchange, { name, port }: ProxyName): Destination {
  const pod = core.cache.get<Pod>(resource.key(target.namespace, name))?.object;
  if (!pod) throw notFound(resource.named, name);
  const ports = pod.spec.containers.flatMap(c => c.ports ?? []);
  const number = /^\d+$/.test(port)
    ? Number(port)
    : (ports.find(p => port === '' || p.name === port)?.containerPort ?? 80);
  return { host: pod.status?.podIP ?? '', port: number };
}

function resolveService(
  { core, resource, target }: ResourceExchange,
  { name, port }: ProxyName,
): Destination {
  if (!core.cache.get(resource.key(target.namespace, name))) throw notFound(resource.named, name);
  const slices = core.resources.lookup('discovery.k8s.io', 'v1', 'endpointslices');
  const choices = (slices ? core.cache.list<EndpointSlice>(slices.prefix(target.namespace)) : [])
    .map(cached => cached.object)
    .filter(slice => slice.metadata.labels?.['kubernetes.io/service-name'] === name)
    .flatMap(slice => destinations(slice, port));
  const chosen = choices[Math.floor(core.random.next() * choices.length)];
  if (chosen) return chosen;
  throw new StatusError({
    reason: 'ServiceUnavailable',
    message: `no endpoints available for service ${JSON.stringify(target.name)}`,
  });
}

function destinations({ ports, endpoints }: EndpointSlice, wanted: string): Destination[] {
  const port = (ports ?? []).find(p => wanted === '' || p.name === wanted || String(p.port) === wanted)?.port;
  if (port === undefined) return [];
  return (endpoints ?? [])
    .filter(endpoint => endpoint.conditions?.ready !== false)
    .flatMap(endpoint => endpoint.addresses.slice(0, 1).map(host => ({ host, port })));
}

interface Outgoing extends Destination {
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly signal: AbortSignal;
}

function send(scheme: ProxyName['scheme'], { body, ...options }: Outgoing): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const make = scheme === 'https' ? httpsRequest : httpRequest;
    // Pods' certificates are their own: upstream does not check them here either.
    const outgoing = make({ ...options, rejectUnauthorized: false, timeout: TIMEOUT_MS }, resolve);
    outgoing.on('timeout', () => outgoing.destroy(new Error('timed out')));
    outgoing.on('error', cause =>
      reject(
        new StatusError({
          reason: 'ServiceUnavailable',
          message: `error trying to reach service: ${cause.message}`,
          cause,
        }),
      ),
    );
    outgoing.end(body);
  });
}

function headersOf({ request }: ResourceExchange): Record<string, string> {
  const names = [
    'accept',
    'accept-language',
    'content-type',
    'cookie',
    'user-agent',
    'range',
    'if-none-match',
    'if-modified-since',
  ];
  const found = names.flatMap(name => {
    const value = request.header(name);
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(found) as Record<string, string>;
}

function passable(headers: IncomingHttpHeaders): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && name !== 'content-type' && !NOT_PASSED.has(name))
      out[name] = Array.isArray(value) ? value.join(', ') : value;
  return out;
}
