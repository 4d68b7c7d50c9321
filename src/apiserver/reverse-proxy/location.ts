/**
 * Where the backend of a proxy request is: a pod, or a ready endpoint of a Service. Addresses that
 * would be this machine's own (loopback, link-local) are refused, or the API server could be sent to
 * itself (pkg/proxy/util, IsProxyableIP).
 */
import { badRequest, notFound, StatusError } from '../../api/status-error.ts';
import { isGlobalUnicast } from '../../api/validation/ip.ts';
import type { EndpointAddress, EndpointSubset, Endpoints, Pod, Service } from '../../generated/core-v1.ts';
import { keyFor } from '../cache/keys.ts';
import type { ServerCore } from '../core.ts';
import { isNumber, parseProxyName, type Scheme } from './proxy-name.ts';

export interface Location {
  readonly scheme: Scheme;
  readonly host: string;
  readonly port: number;
  /** How the backend's certificate is checked and ours is shown; absent: neither, as upstream with pods. */
  readonly tls?: BackendTls;
}

/** PEM. */
export interface BackendTls {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

type Find = Pick<ServerCore, 'cache' | 'random'>;

const core = (resource: string) => ({ group: '', resource });
const DEFAULT_PORT: Readonly<Record<Scheme, number>> = { http: 80, https: 443 };

/** @throws StatusError 400, 404 */
export function podLocation({ cache }: Find, namespace: string, text: string): Location {
  const { scheme: named, name, port } = parseProxyName(text, 'pod');
  const scheme = named || 'http';
  const pod = cache.get<Pod>(keyFor(core('pods'), namespace, name))?.object;
  if (!pod) throw notFound(core('pods'), name);
  const host = addressesOf(pod)[0] ?? '';
  checkAddress(host);
  return { scheme, host, port: podPort(pod, port) ?? DEFAULT_PORT[scheme] };
}

/** The first declared port where none is named. Named ports are ours; upstream looks for a well-known one. */
function podPort(pod: Pod, port: string): number | undefined {
  const ports = pod.spec.containers.flatMap(container => container.ports ?? []);
  if (port === '') return ports[0]?.containerPort;
  if (isNumber(port)) return checkPort(Number(port));
  const found = ports.find(p => p.name === port)?.containerPort;
  if (found !== undefined) return found;
  throw badRequest(`pod ${JSON.stringify(pod.metadata.name)} has no port named ${JSON.stringify(port)}`);
}

/**
 * A random address among the ready ones that has the port. Only addresses of pods of the namespace
 * count: whoever may write Endpoints must not send the API server anywhere else.
 *
 * @throws StatusError 400, 404, 503
 */
export function serviceLocation({ cache, random }: Find, namespace: string, text: string): Location {
  const { scheme: named, name, port: asked } = parseProxyName(text, 'service');
  const scheme = named || 'http';
  const port = isNumber(asked) ? portName(cache, namespace, name, Number(asked)) : asked;
  const endpoints = cache.get<Endpoints>(keyFor(core('endpoints'), namespace, name))?.object;
  if (!endpoints) throw notFound(core('endpoints'), name);
  const subsets = endpoints.subsets ?? [];
  if (subsets.length === 0) throw noEndpoints(name);
  const choices = subsets.flatMap(subset => destinations(subset, port)).filter(isPod);
  const chosen = choices[Math.floor(random.next() * choices.length)];
  if (!chosen) throw noEndpoints(text);
  return { scheme, host: chosen.address.ip, port: chosen.port };

  function isPod({ address: { ip, targetRef } }: Destination): boolean {
    if (targetRef?.namespace !== namespace || !isGlobalUnicast(ip)) return false;
    const pod = cache.get<Pod>(keyFor(core('pods'), namespace, targetRef.name ?? ''))?.object;
    return pod !== undefined && addressesOf(pod).includes(ip);
  }
}

/** A Service's port number stands for the name that its endpoints have the port under. */
function portName(cache: Find['cache'], namespace: string, name: string, port: number): string {
  const service = cache.get<Service>(keyFor(core('services'), namespace, name))?.object;
  if (!service) throw notFound(core('services'), name);
  const found = service.spec?.ports?.find(p => p.port === port);
  if (found) return found.name ?? '';
  throw new StatusError({
    reason: 'ServiceUnavailable',
    message: `no service port ${port} found for service ${JSON.stringify(name)}`,
  });
}

interface Destination {
  readonly address: EndpointAddress;
  readonly port: number;
}

function destinations({ ports = [], addresses = [] }: EndpointSubset, wanted: string): Destination[] {
  const port = ports.find(p => (p.name ?? '') === wanted)?.port;
  return port === undefined ? [] : addresses.map(address => ({ address, port }));
}

function noEndpoints(name: string): StatusError {
  return new StatusError({
    reason: 'ServiceUnavailable',
    message: `no endpoints available for service ${JSON.stringify(name)}`,
  });
}

function addressesOf({ status }: Pod): string[] {
  const all = (status?.podIPs ?? []).flatMap(({ ip }) => ip ?? []);
  return all.length > 0 || !status?.podIP ? all : [status.podIP];
}

/** @throws StatusError 400 */
export function checkAddress(host: string): void {
  if (!isGlobalUnicast(host)) throw badRequest('address not allowed');
}

/** @throws StatusError 400 */
export function checkPort(port: number): number {
  if (port < 1 || port > 65_535)
    throw badRequest(`port ${port} is not allowed: must be between 1 and 65535, inclusive`);
  return port;
}
