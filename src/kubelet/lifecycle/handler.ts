/** What probes and hooks ask for in common: the target of an HTTP or TCP action. Pure. */
import type { Container, HTTPGetAction } from '../../generated/core-v1.ts';

/** A port by number, or by the name a port of the container has. @throws when there is none. */
export function resolvePort(port: number | string, container: Container): number {
  const named = container.ports?.find(p => p.name === port)?.containerPort;
  const number = typeof port === 'number' ? port : (named ?? Number(port));
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number;
  throw new Error(`couldn't find port: ${JSON.stringify(port)} in container ${container.name}`);
}

export interface HttpTarget {
  readonly url: string;
  readonly isHttps: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

export function httpTarget(action: HTTPGetAction, container: Container, podIP: string): HttpTarget {
  const scheme = (action.scheme ?? 'HTTP').toLowerCase();
  const host = action.host || podIP;
  const port = resolvePort(action.port, container);
  const path = action.path ?? '/';
  const headers: Record<string, string> = {};
  for (const { name, value } of action.httpHeaders ?? []) headers[name] = value;
  return {
    url: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${path.startsWith('/') ? path : `/${path}`}`,
    isHttps: scheme === 'https',
    headers,
  };
}
