import { expect, test } from 'vitest';
import type { Event } from '../../../generated/core-v1.ts';
import { validateEvent, validateEventChange } from './validation.ts';

const TIME = '2026-01-02T03:04:05.123456Z';
const REPORT = { action: 'A', reason: 'R', reportingComponent: 'c', reportingInstance: 'i' };
const event = (namespace: string, about: string | undefined, rest: Partial<Event> = {}): Event => ({
  metadata: { name: 'e', namespace },
  involvedObject: { kind: 'Pod', name: 'p', ...(about === undefined ? {} : { namespace: about }) },
  ...rest,
});
const texts = (errors: readonly { field: string; body: string }[]) =>
  errors.map(e => `${e.field}: ${e.body}`);

test.each<[string, string | undefined, boolean, boolean]>([
  // namespace of the event, and of what it is about; allowed of old, allowed with an eventTime
  ['a', 'a', true, true],
  ['a', 'b', false, true],
  ['a', undefined, false, false],
  ['default', undefined, true, true],
  ['kube-system', undefined, false, true],
])('an event in %s about an object in %s', (namespace, about, old, timed) => {
  const wrong = [`involvedObject.namespace: Invalid value: "${about ?? ''}": does not match event.namespace`];
  for (const controller of ['reportingComponent', 'reportingController']) {
    expect(texts(validateEvent(event(namespace, about), controller))).toEqual(old ? [] : wrong);
    const report = event(namespace, about, { eventTime: TIME, ...REPORT });
    expect(texts(validateEvent(report, controller))).toEqual(timed ? [] : wrong);
  }
});

test('where an event came from, and when, stays', () => {
  const rest = { eventTime: TIME, ...REPORT, type: 'Normal' };
  const source = { component: 'c', host: 'h' };
  const old = event('a', 'a', { ...rest, source, firstTimestamp: '2026-01-02T03:04:05Z' });
  const next = event('a', 'a', { ...rest, source: { component: 'd' } });
  expect(texts(validateEventChange(next, old))).toEqual([
    'source: Invalid value: {"Component":"d","Host":""}: field is immutable',
    'firstTimestamp: Invalid value: null: field is immutable',
  ]);
});
