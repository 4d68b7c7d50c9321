/**
 * How many seats a request takes: one, or for lists (and watches that begin with one) one for each
 * 100 kB that are in memory at once, as upstream estimates lists served from the watch cache.
 *
 * Upstream charges writes with the watchers they wake, after their answer. Here a write is
 * answered when its event has reached every watcher, so that work lies inside the request.
 */
import type { RequestInfo } from '../request-info.ts';

/** What is stored of one resource, in all namespaces. */
export interface ResourceStats {
  readonly objects: number;
  readonly averageBytes: number;
}

const BYTES_PER_SEAT = 100_000;
/** A list from the cache is sent as it is made: more than this is not held at once. */
const MOST_BYTES_AT_ONCE = 1_000_000;
const MOST_SEATS = 10;

/**
 * `maxSeats`: the most that one request of the priority level may take; undefined: MOST_SEATS.
 * `stats`: undefined for resources that are not stored here.
 */
export function seatsFor(
  info: RequestInfo,
  query: URLSearchParams,
  stats: (info: RequestInfo) => ResourceStats | undefined,
  maxSeats = MOST_SEATS,
): number {
  if (info.verb !== 'list' && !(info.verb === 'watch' && sendsInitialEvents(query))) return 1;
  const found = stats(info);
  if (!found) return 1;
  const limit = Number(query.get('limit') ?? 0);
  let objects = limit > 0 ? Math.min(limit, found.objects) : found.objects;
  // A field selector with a name reads one object.
  if (info.name !== '' || namesOne(query.get('fieldSelector'))) objects = 1;
  const bytes = Math.min(objects * found.averageBytes, MOST_BYTES_AT_ONCE);
  return Math.max(1, Math.min(Math.ceil(bytes / BYTES_PER_SEAT), maxSeats, MOST_SEATS));
}

const sendsInitialEvents = (query: URLSearchParams) => query.get('sendInitialEvents') === 'true';

const namesOne = (fieldSelector: string | null): boolean =>
  fieldSelector?.split(',').some(term => /^metadata\.name==?[^=]/.test(term)) ?? false;
