import type { Event } from '../../generated/core-v1.ts';
import { defineKind } from '../define.ts';
import { eventColumns } from './event/columns.ts';
import { validateEvent } from './event/validation.ts';

export const event = defineKind<Event>({
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Event',
  anyFinalizer: true,
  nameRule: 'path-segment',
  allowCreateOnUpdate: true,
  validate: o => validateEvent(o, 'reportingComponent'),
  columns: eventColumns,
  selectableFields: {
    'involvedObject.kind': o => o.involvedObject.kind ?? '',
    'involvedObject.namespace': o => o.involvedObject.namespace ?? '',
    'involvedObject.name': o => o.involvedObject.name ?? '',
    'involvedObject.uid': o => o.involvedObject.uid ?? '',
    'involvedObject.apiVersion': o => o.involvedObject.apiVersion ?? '',
    'involvedObject.resourceVersion': o => o.involvedObject.resourceVersion ?? '',
    'involvedObject.fieldPath': o => o.involvedObject.fieldPath ?? '',
    reason: o => o.reason ?? '',
    reportingComponent: o => o.reportingComponent ?? '',
    source: o => o.source?.component || o.reportingComponent || '',
    type: o => o.type ?? '',
  },
});
