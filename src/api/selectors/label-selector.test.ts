import { expect, test } from 'vitest';
import { compileLabelSelector, labelSelectorMatches, labelSelectorString } from './label-selector.ts';

const selector = {
  matchLabels: { app: 'a' },
  matchExpressions: [
    { key: 'tier', operator: 'In', values: ['y', 'x'] },
    { key: 'gone', operator: 'DoesNotExist' },
  ],
};

test('all parts of a selector must hold', () => {
  expect(labelSelectorMatches(selector, { app: 'a', tier: 'x' })).toBe(true);
  expect(labelSelectorMatches(selector, { app: 'a', tier: 'z' })).toBe(false);
  expect(labelSelectorMatches(selector, { app: 'a', tier: 'x', gone: '' })).toBe(false);
  expect(labelSelectorMatches(selector, undefined)).toBe(false);
});

test('a missing selector matches nothing, an empty one everything', () => {
  expect(labelSelectorMatches(undefined, { a: 'b' })).toBe(false);
  expect(labelSelectorMatches({}, undefined)).toBe(true);
  expect(compileLabelSelector({ matchExpressions: [{ key: 'a', operator: 'Bogus' }] })).toBeUndefined();
});

test('the string form is sorted, and refuses operators that there are not', () => {
  expect(labelSelectorString(selector)).toBe('app=a,!gone,tier in (x,y)');
  expect(labelSelectorString(undefined)).toBe('');
  expect(() => labelSelectorString({ matchExpressions: [{ key: 'a', operator: 'Bogus' }] })).toThrow(
    '"Bogus" is not a valid label selector operator',
  );
});
