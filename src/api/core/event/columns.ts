/** What `kubectl get events` shows, of either group's events in their core form. */
import type { Event } from '../../../generated/core-v1.ts';
import { column, timeSince, wide } from '../../columns.ts';
import type { Column } from '../../kind.ts';

const firstSeen = (event: Event, nowMs: number) => timeSince(event.firstTimestamp ?? event.eventTime, nowMs);

function lastSeen(event: Event, nowMs: number): string {
  if (event.series) return timeSince(event.series.lastObservedTime, nowMs);
  return event.lastTimestamp ? timeSince(event.lastTimestamp, nowMs) : firstSeen(event, nowMs);
}

function target({ involvedObject: { kind = '', name } }: Event): string {
  return name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase();
}

function source(event: Event): string {
  const component = event.source?.component || event.reportingComponent || '';
  const instance = event.source?.host || event.reportingInstance;
  return instance ? `${component}, ${instance}` : component;
}

export const eventColumns: readonly Column<Event>[] = [
  column('Last Seen', (o, { nowMs }) => lastSeen(o, nowMs)),
  column('Type', o => o.type ?? ''),
  column('Reason', o => o.reason ?? ''),
  column('Object', target),
  wide('Subobject', o => o.involvedObject.fieldPath ?? ''),
  wide('Source', source),
  column('Message', o => (o.message ?? '').trim()),
  wide('First Seen', (o, { nowMs }) => firstSeen(o, nowMs)),
  // Events of events.k8s.io carry no count: one that stands alone happened once.
  wide('Count', o => o.series?.count ?? (o.count || 1)),
  column('Name', o => o.metadata.name ?? '', { format: 'name', priority: 1 }),
];
