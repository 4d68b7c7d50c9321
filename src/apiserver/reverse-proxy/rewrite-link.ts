/**
 * Links in a backend's answer, made to lead through the proxy again (upstream's Transport.rewriteURL).
 * A link to the backend's own root, `/style.css` or `http://10.1.2.3:80/style.css`, becomes
 * `/api/v1/namespaces/default/pods/a/proxy/style.css`; relative links and those to other hosts stay.
 *
 * Scheme and host are left out always, which holds on every way to this server. Upstream keeps them
 * where they are the request's own: a backend that is told nothing of TLS would lead to `http:`.
 */
import { posix } from 'node:path';

export interface LinkContext {
  /** The proxy's own path, without a slash at its end. */
  readonly prefix: string;
  /** Hosts that are this backend: its address (with and without port) and the request's Host. */
  readonly ownHosts: readonly string[];
}

const LINK = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?(\/[^?#]*)?(.*)$/s;
/** Empty segments, `.` and `..` are what path.Join would take away. */
const UNCLEAN = /\/\/|\/\.\.?(?:\/|$)/;

/** @returns the link as it is where it leads elsewhere, or is none */
export function rewriteLink(link: string, { prefix, ownHosts }: LinkContext): string {
  const trimmed = link.trim();
  const [, scheme, host, path, rest = ''] = LINK.exec(trimmed) ?? [];
  if (path === undefined) return link;
  if (scheme !== undefined && host === undefined) return link;
  if (scheme !== undefined && !/^https?$/i.test(scheme)) return link;
  if (host !== undefined && !ownHosts.includes(host)) return link;
  const clean = UNCLEAN.test(path) ? posix.normalize(path).replace(/^\/+/, '/') : path;
  if (path === prefix || path.startsWith(`${prefix}/`)) return path + rest;
  return prefix + clean + rest;
}
