import type { Event } from '../../generated/events-v1.ts';
import { eventColumns } from '../core/event/columns.ts';
import { validateEventChange, validateNewEvent } from '../core/event/validation.ts';
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
  validate: o => validateNewEvent(toCore(o)),
  validateUpdate: (next, old) => validateEventChange(toCore(next), toCore(old)),
  columns: eventColumns.map(throughCore),
  selectableFields: {
    'regarding.kind': o => o.regarding?.kind ?? '',
    'regarding.namespace': o => o.regarding?.namespace ?? '',
    'regarding.name': o => o.regarding?.name ?? '',
    'regarding.uid': o => o.regarding?.uid ?? '',
    'regarding.apiVersion': o => o.regarding?.apiVersion ?? '',
    'regarding.resourceVersion': o => o.regarding?.resourceVersion ?? '',
    'regarding.fieldPath': o => o.regarding?.fieldPath ?? '',
    reason: o => o.reason ?? '',
    reportingController: o => o.reportingController ?? '',
    source: o => o.deprecatedSource?.component || o.reportingController || '',
    type: o => o.type ?? '',
  },
});
