/** Requests that last as long as the client likes: no deadline, and no seat once they have begun. */
import type { RequestInfo } from '../request-info.ts';

const SUBRESOURCES = new Set(['attach', 'exec', 'proxy', 'log', 'portforward']);

/** Upstream's BasicLongRunningRequestCheck as kube-apiserver configures it. */
export function isLongRunning({ verb, subresource, resourceRequest }: RequestInfo): boolean {
  if (!resourceRequest) return false;
  return verb === 'watch' || verb === 'proxy' || SUBRESOURCES.has(subresource);
}
