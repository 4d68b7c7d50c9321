/**
 * Events of both groups in their core form. Through core/v1 they are judged as leniently as in
 * the days before eventTime; through events.k8s.io/v1 the rules of KEP-383 hold.
 */
import type { Event, ObjectReference } from '../../../generated/core-v1.ts';
import { child, type FieldError, invalidValue, required } from '../../field-error.ts';
import { dnsSubdomain } from '../../meta/names.ts';
import { checked, checkQualifiedName, immutable, semanticEqual } from '../../validation/checks.ts';
import { toInternal } from '../../validation/internal-form.ts';

const REASON_MAX = 128;
const ACTION_MAX = 128;
const INSTANCE_MAX = 128;
const NOTE_MAX = 1024;

/** Upstream never quotes the value in these. */
const bad = (path: string, why: string) => invalidValue(path, '', why);

const bounded = (path: string, value: string | undefined, max: number) =>
  Buffer.byteLength(value ?? '') > max ? [bad(path, `can have at most ${max} characters`)] : [];

/** What holds for both groups. `controller` is the field's name in the client's version. */
export function validateEvent(event: Event, controller: string): FieldError[] {
  const { namespace = '' } = event.metadata;
  const about = event.involvedObject.namespace ?? '';
  const errors = inItsNamespace(event)
    ? []
    : [invalidValue('involvedObject.namespace', about, 'does not match event.namespace')];
  if (event.eventTime) errors.push(...validateReport(event, controller));
  return [...errors, ...checked('namespace', namespace, v => dnsSubdomain(v))];
}

/** Events of today may be about objects in any namespace; those of old about ones in their own. */
function inItsNamespace({ metadata, involvedObject, eventTime }: Event): boolean {
  const { namespace = '' } = metadata;
  const about = involvedObject.namespace ?? '';
  if (about !== '') return Boolean(eventTime) || about === namespace;
  return (eventTime ? ['default', 'kube-system'] : ['', 'default']).includes(namespace);
}

function validateReport(event: Event, controller: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!event.reportingComponent) errors.push(required(controller));
  errors.push(...checkQualifiedName(controller, event.reportingComponent ?? ''));
  if (!event.reportingInstance) errors.push(required('reportingInstance'));
  errors.push(...bounded('reportingInstance', event.reportingInstance, INSTANCE_MAX));
  if (!event.action) errors.push(required('action'));
  errors.push(...bounded('action', event.action, ACTION_MAX));
  if (!event.reason) errors.push(required('reason'));
  errors.push(...bounded('reason', event.reason, REASON_MAX));
  errors.push(...bounded('message', event.message, NOTE_MAX));
  return errors;
}

function validateSeries({ series }: Event): FieldError[] {
  if (!series) return [];
  return [
    ...((series.count ?? 0) < 2 ? [bad(child('series', 'count'), 'should be at least 2')] : []),
    ...(series.lastObservedTime ? [] : [required(child('series', 'lastObservedTime'))]),
  ];
}

/** A new event of events.k8s.io/v1. */
export function validateNewEvent(event: Event): FieldError[] {
  const unset = (field: string, isSet: unknown) => (isSet ? [bad(field, 'needs to be unset')] : []);
  return [
    ...validateEvent(event, 'reportingController'),
    ...validateSeries(event),
    ...(event.eventTime ? [] : [required('eventTime')]),
    ...(event.type === 'Normal' || event.type === 'Warning'
      ? []
      : [bad('type', `has invalid value: ${event.type ?? ''}`)]),
    ...unset('firstTimestamp', event.firstTimestamp),
    ...unset('lastTimestamp', event.lastTimestamp),
    ...unset('count', event.count),
    ...unset('source', event.source?.component || event.source?.host),
  ];
}

/** A change through events.k8s.io/v1: only the series goes on. */
export function validateEventChange(next: Event, old: Event): FieldError[] {
  const same = (field: keyof Event & string, path: string = field) =>
    immutable(path, next[field] ?? '', old[field] ?? '');
  const time = (field: 'eventTime' | 'firstTimestamp' | 'lastTimestamp') =>
    immutable(field, next[field] ?? null, old[field] ?? null);
  return [
    ...validateEvent(next, 'reportingController'),
    ...(semanticEqual(next.series, old.series) ? [] : validateSeries(next)),
    ...immutable(
      'involvedObject',
      next.involvedObject,
      old.involvedObject,
      shownReference(next.involvedObject),
    ),
    ...same('reason'),
    ...same('message'),
    ...immutable('source', shownSource(next), shownSource(old)),
    ...time('firstTimestamp'),
    ...time('lastTimestamp'),
    ...immutable('count', next.count ?? 0, old.count ?? 0),
    // Upstream looks at the reason twice.
    ...same('reason'),
    ...same('type'),
    ...time('eventTime'),
    ...same('action'),
    ...immutable('related', next.related, old.related, next.related && shownReference(next.related)),
    ...same('reportingComponent', 'reportingController'),
    ...same('reportingInstance'),
  ];
}

/** As upstream's structs print: they have no JSON names. */
const shownSource = ({ source }: Event) => ({
  Component: source?.component ?? '',
  Host: source?.host ?? '',
});
const shownReference = (reference: ObjectReference) => toInternal('ObjectReference', reference);
