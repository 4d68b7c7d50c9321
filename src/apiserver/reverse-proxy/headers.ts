/**
 * Headers handed on: all but those that belong to one connection (RFC 9110, 7.6.1) and those that
 * authenticated the client here, which no backend may see.
 */
import { TOKEN_PROTOCOL } from '../authn/websocket-token.ts';
import type { HeaderPair, RawRequest } from '../request.ts';
import { forwardedUri, type ProxyPath } from './proxy-path.ts';

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
/** What this server itself has used up; `expect` it has answered, HTTP/2's settings it has read. */
const CONSUMED = new Set(['authorization', 'expect', 'host', 'http2-settings', 'x-forwarded-uri']);
const IMPERSONATE = 'impersonate-';
/** The API server decides about these for its own origin (upstream's corsRemovingTransport). */
const CORS = new Set([
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
]);

/** `upgrade`: the protocol asked for; the connection's headers then say so again. */
export function requestHeaders(raw: RawRequest, path: ProxyPath, upgrade?: string): HeaderPair[] {
  const named = connectionOptions(raw.headers);
  const out: HeaderPair[] = [['Host', raw.host]];
  const has = (wanted: string) => raw.headers.some(([name]) => name.toLowerCase() === wanted);
  const forwardedFor: string[] = [];
  for (const [name, value] of raw.headers) {
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.has(lower) || CONSUMED.has(lower) || named.has(lower)) continue;
    if (lower.startsWith(IMPERSONATE)) continue;
    if (lower === 'x-forwarded-for') forwardedFor.push(value);
    else if (lower === 'sec-websocket-protocol') out.push(...withoutToken(name, value));
    else out.push([name, value]);
  }
  if (raw.remoteAddress !== undefined) forwardedFor.push(raw.remoteAddress);
  if (forwardedFor.length > 0) out.push(['X-Forwarded-For', forwardedFor.join(', ')]);
  out.push(['X-Forwarded-Uri', forwardedUri(path)]);
  if (!has('x-forwarded-host')) out.push(['X-Forwarded-Host', raw.host]);
  if (!has('x-forwarded-proto')) out.push(['X-Forwarded-Proto', 'https']);
  if (upgrade !== undefined) out.push(['Connection', 'Upgrade'], ['Upgrade', upgrade]);
  // The connection ends by us: a backend that ends it after an early answer takes the answer along.
  else out.push(['Connection', 'keep-alive']);
  // Node would frame a body of unknown length by the connection's end, which a request cannot.
  if (upgrade === undefined && raw.body && !has('content-length')) out.push(['Transfer-Encoding', 'chunked']);
  return out;
}

function withoutToken(name: string, value: string): HeaderPair[] {
  const kept = value
    .split(',')
    .map(protocol => protocol.trim())
    .filter(protocol => protocol !== '' && !protocol.startsWith(TOKEN_PROTOCOL));
  return kept.length > 0 ? [[name, kept.join(', ')]] : [];
}

/** `rawHeaders` alternates names and values, as Node gives them. */
export function responseHeaders(rawHeaders: readonly string[]): Record<string, string | string[]> {
  const pairs = pairsOf(rawHeaders);
  const named = connectionOptions(pairs);
  const out: Record<string, string | string[]> = {};
  for (const [name, value] of pairs) {
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.has(lower) || CORS.has(lower) || named.has(lower)) continue;
    const before = out[lower];
    out[lower] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return out;
}

export function pairsOf(rawHeaders: readonly string[]): HeaderPair[] {
  const pairs: HeaderPair[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    pairs.push([rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '']);
  return pairs;
}

/** Headers that the sender declared to be about its connection. */
function connectionOptions(headers: readonly HeaderPair[]): ReadonlySet<string> {
  return new Set(
    headers
      .filter(([name]) => name.toLowerCase() === 'connection')
      .flatMap(([, value]) => value.split(',').map(option => option.trim().toLowerCase())),
  );
}
