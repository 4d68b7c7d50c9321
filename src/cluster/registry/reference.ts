/**
 * Complete image references, as containerd and docker complete them:
 * `myapp` → docker.io/library/myapp:latest, `host:5000/a/b@sha256:…` stays.
 */
export interface Reference {
  /** The registry's host, with its port if it has one: docker.io. */
  readonly host: string;
  /** library/myapp */
  readonly repository: string;
  /** A tag, or a digest (sha256:…). */
  readonly version: string;
}

const HOST = /^(localhost|[a-z0-9-]+(\.[a-z0-9-]+)+|(?=.*:)[a-z0-9.-]+)(:\d+)?$/i;
const REPOSITORY = /^[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** @throws Error when `text` is no image reference */
export function parseReference(text: string): Reference {
  const at = text.indexOf('@');
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  const name = hasTag ? named.slice(0, colon) : named;
  const version = at >= 0 ? text.slice(at + 1) : hasTag ? named.slice(colon + 1) : 'latest';

  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(0, slash));
  const host = HOST.test(first) ? first : 'docker.io';
  const rest = HOST.test(first) ? name.slice(slash + 1) : name;
  const repository = host === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest;
  if (!REPOSITORY.test(repository) || !(DIGEST.test(version) || (at < 0 && TAG.test(version)))) {
    throw new Error(`Cannot read image reference "${text}": it should look like name:tag or host/name:tag`);
  }
  return { host, repository, version };
}

/** Whether the text itself says which registry it means. */
export function namesRegistry(text: string): boolean {
  return text.includes('/') && HOST.test(text.slice(0, text.indexOf('/')));
}

export function formatReference({ host, repository, version }: Reference): string {
  return `${host}/${repository}${DIGEST.test(version) ? '@' : ':'}${version}`;
}

export const isDigest = (version: string): boolean => DIGEST.test(version);
