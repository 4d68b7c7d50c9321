import { expect, test } from 'vitest';
import { age, humanDuration, labelSelector, labels, timeSince } from './columns.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

test.each([
  [0, '0s'],
  [-1500, '0s'],
  [-2 * second, '<invalid>'],
  [119 * second, '119s'],
  [2 * minute, '2m'],
  [2 * minute + 5 * second, '2m5s'],
  [10 * minute + 30 * second, '10m'],
  [179 * minute, '179m'],
  [3 * hour, '3h'],
  [7 * hour + 59 * minute, '7h59m'],
  [8 * hour + 59 * minute, '8h'],
  [47 * hour, '47h'],
  [2 * day, '2d'],
  [2 * day + hour, '2d1h'],
  [8 * day, '8d'],
  [729 * day, '729d'],
  [730 * day, '2y'],
  [731 * day, '2y1d'],
  [8 * 365 * day, '8y'],
])('%d ms are shown as %s', (ms, text) => {
  expect(humanDuration(ms)).toBe(text);
});

test('an object without creation time has an unknown age', () => {
  expect(age.cell({ metadata: {} }, { nowMs: 0 })).toBe('<unknown>');
  expect(timeSince('1970-01-01T00:00:00Z', 5 * second)).toBe('5s');
});

test('labels and selectors are printed in key order', () => {
  expect(labels({ b: '2', a: '1' })).toBe('a=1,b=2');
  expect(labels({})).toBe('<none>');
  const selector = {
    matchLabels: { z: '1' },
    matchExpressions: [
      { key: 'b', operator: 'In', values: ['y', 'x'] },
      { key: 'a', operator: 'DoesNotExist' },
    ],
  };
  expect(labelSelector(selector)).toBe('!a,b in (x,y),z=1');
  expect(labelSelector({ matchExpressions: [{ key: 'a', operator: 'Bogus' }] })).toBe('<error>');
  expect(labelSelector({})).toBe('<none>');
});
