import type { Event } from '../../generated/events-v1.ts';
import { eventColumns } from '../core/event-columns.ts';
import { defineKind } from '../define.ts';
import { fromCore, throughCore, toCore } from './event-conversion.ts';

export const eventsEvent = defineKind<Event>({
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  namespaced: true,
  schema: 'io.k8s.api.events.v1.Event',
  allowCreateOnUpdate: true,
  storage: { apiVersion: 'v1', toStorage: toCore, fromStorage: fromCore },
  columns: [...eventColumns.map(throughCore)],
});
