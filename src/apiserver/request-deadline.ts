/**
 * The `timeout` parameter of a request, checked before anything else is looked at (upstream's
 * WithRequestDeadline). Nothing here takes long enough for a deadline to matter but what has none:
 * watches and streams, whose `timeout` is not looked at.
 */
import { parseGoDuration } from '../api/go-duration.ts';
import { badRequest } from '../api/status-error.ts';
import type { RequestInfo } from './request-info.ts';

const STREAMS = new Set(['attach', 'exec', 'log', 'portforward', 'proxy']);

/** @throws StatusError 400 */
export function checkDeadline({ verb, subresource }: RequestInfo, query: URLSearchParams): void {
  const timeout = query.get('timeout') ?? '';
  if (timeout === '' || verb === 'watch' || STREAMS.has(subresource)) return;
  const duration = parseGoDuration(timeout);
  if (typeof duration === 'string')
    throw badRequest(`invalid timeout specified in the request URL - ${duration}`);
}
