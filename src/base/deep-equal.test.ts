import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { deepEqual } from './deep-equal.ts';

test('what is undefined is the same as what is absent', () => {
  expect(deepEqual({ a: 1, b: undefined }, { a: 1 })).toBe(true);
  expect(deepEqual({ a: 1 }, { a: 1, b: undefined })).toBe(true);
  expect(deepEqual({ a: null }, {})).toBe(false);
  expect(canonicalJson({ b: 1, a: undefined })).toBe('{"b":1}');
});

test('lists are compared in order, objects are not', () => {
  expect(deepEqual([1, 2], [2, 1])).toBe(false);
  expect(deepEqual({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
  expect(deepEqual([], {})).toBe(false);
  expect(deepEqual([1], [1, 2])).toBe(false);
});

test('values are equal exactly when their canonical texts are', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      expect(deepEqual(a, structuredClone(a))).toBe(true);
      expect(deepEqual(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
    }),
  );
});
