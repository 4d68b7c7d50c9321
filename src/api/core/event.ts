import type { Event } from '../../generated/core-v1.ts';
import { defineKind } from '../define.ts';
import { eventColumns } from './event-columns.ts';

export const event = defineKind<Event>({
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Event',
  allowCreateOnUpdate: true,
  columns: [...eventColumns],
});
