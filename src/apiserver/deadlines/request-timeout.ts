/** How long a request may take: upstream's --request-timeout, or less when the client says so. */
import { parseGoDuration } from '../../api/go-duration.ts';
import { badRequest, StatusError } from '../../api/status-error.ts';

export const REQUEST_TIMEOUT_MS = 60_000;
/** Of its time, a request waits in a queue for this part at most, so that some is left for the work. */
const QUEUED_PART = 1 / 4;

/**
 * Milliseconds: what `?timeout` says, where it is more than nothing and less than the default.
 * @throws StatusError 400
 */
export function requestTimeoutMs(query: URLSearchParams): number {
  const asked = query.get('timeout');
  if (!asked) return REQUEST_TIMEOUT_MS;
  const ms = parseGoDuration(asked);
  if (typeof ms === 'string') throw badRequest(`invalid timeout specified in the request URL - ${ms}`);
  return ms > 0 ? Math.min(ms, REQUEST_TIMEOUT_MS) : REQUEST_TIMEOUT_MS;
}

/** How long a request with this timeout waits for its seats. */
export const queueTimeMs = (timeoutMs: number): number => timeoutMs * QUEUED_PART;

export function timedOut(): StatusError {
  return new StatusError({
    reason: 'Timeout',
    message: 'Timeout: request did not complete within the allotted timeout',
    details: {},
  });
}
