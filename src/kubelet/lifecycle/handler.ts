/** What probes and hooks ask for in common: the target of an HTTP or TCP action. Pure. */
import { goQuote } from '../../api/go-quote.ts';
import type { Container, HTTPGetAction } from '../../generated/core-v1.ts';

/**
 * A port by number, or by the name a port of the container has.
 * @throws when there is none, with upstream's words: it tries the name as a number at last.
 */
export function resolvePort(port: number | string, container: Container): number {
  const named = container.ports?.find(p => p.name === port)?.containerPort;
  if (named === undefined && !/^[-+]?\d+$/.test(String(port))) {
    throw new Error(`strconv.Atoi: parsing ${goQuote(String(port))}: invalid syntax`);
  }
  const number = named ?? Number(port);
  if (number > 0 && number < 65_536) return number;
  throw new Error(`invalid port number: ${number}`);
}

export interface HttpTarget {
  readonly url: string;
  readonly isHttps: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * @param podIP where the action names no host
 * @throws Error when the action names a port the container has not
 */
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
