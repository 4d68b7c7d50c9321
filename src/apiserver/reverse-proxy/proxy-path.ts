/**
 * The parts of a proxy request's path: `prefix` is what stands before the backend's own path, the
 * rest is the backend's, cleaned of `.`, `..` and empty segments as Go's path.Join does. A slash at
 * the end is kept. Percent-encoding is kept as the client wrote it, where upstream decodes and
 * encodes anew: `%2F` reaches the backend as such.
 */
import { posix } from 'node:path';
import type { RequestInfo } from '../request-info.ts';

export interface ProxyPath {
  /** /api/v1/namespaces/default/pods/a/proxy, as sent. */
  readonly prefix: string;
  /** '' where nothing, not even a slash, follows the prefix. */
  readonly path: string;
  /** With its question mark, as sent; '' where there is none. */
  readonly query: string;
}

/** @param target of the request line: path and query, as sent */
export function proxyPath(target: string, info: Pick<RequestInfo, 'subresource'>): ProxyPath {
  const mark = target.indexOf('?');
  const whole = mark < 0 ? target : target.slice(0, mark);
  const end = prefixEnd(whole, info.subresource);
  return {
    prefix: whole.slice(0, end),
    path: clean(whole.slice(end)),
    query: mark < 0 ? '' : target.slice(mark),
  };
}

/** After the first segment `proxy` from the resource's name on; the name may be "proxy" too. */
function prefixEnd(path: string, subresource: string): number {
  // /api/v1/nodes/a/proxy, /api/v1/namespaces/x/pods/a/proxy: the segments before are fixed.
  const segments = path.split('/');
  const at = decoded(segments[3]) === 'namespaces' ? 7 : 5;
  return decoded(segments[at]) === subresource ? segments.slice(0, at + 1).join('/').length : path.length;
}

function decoded(segment = ''): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function clean(rest: string): string {
  if (rest === '') return '';
  // normalize keeps one slash at the end, and drops '..' above the root.
  return posix.normalize(`/${rest}`);
}

/** X-Forwarded-Uri: what the client asked this server for. */
export const forwardedUri = ({ prefix, path }: ProxyPath): string => prefix + path;
