import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  QUANTITY_FORMAT_ERROR,
  QUANTITY_NUMBER_ERROR,
  QUANTITY_SUFFIX_ERROR,
  quantityMilliValue,
  quantityOf,
  quantityValue,
  subtractQuantities,
} from './quantity.ts';

test.each([
  ['0', '0'],
  ['0.0', '0'],
  ['1', '1'],
  ['+1', '1'],
  ['-1', '-1'],
  ['100', '100'],
  ['1000', '1k'],
  ['1500m', '1500m'],
  ['0.5', '500m'],
  ['.5', '500m'],
  ['5.', '5'],
  ['1e3', '1e3'],
  ['1E3', '1e3'],
  ['1.5e3', '1500'],
  ['12e-1', '1200e-3'],
  ['1024', '1024'],
  ['1Ki', '1Ki'],
  ['1024Ki', '1Mi'],
  ['0.5Ki', '512'],
  ['1.5Gi', '1536Mi'],
  ['0.1Ki', '102400m'],
  ['100Mi', '100Mi'],
  ['0.0001', '100u'],
  ['0.0000000001', '1n'],
  ['-0.0000000001', '-1n'],
  ['1000000000000000000000', '9223372036854775807'],
  ['10E', '9223372036854775807'],
  ['9Ei', '9223372036854775807'],
  ['1n', '1n'],
  ['010', '10'],
])('%s is written as %s', (text, canonical) => {
  expect(canonicalQuantity(text)).toBe(canonical);
});

test.each([
  ['', QUANTITY_FORMAT_ERROR],
  ['1.5x', QUANTITY_FORMAT_ERROR],
  ['Bad_Value!', QUANTITY_FORMAT_ERROR],
  ['1 ', QUANTITY_FORMAT_ERROR],
  ['1kk', QUANTITY_SUFFIX_ERROR],
  ['1Km', QUANTITY_SUFFIX_ERROR],
  ['m', QUANTITY_NUMBER_ERROR],
])('%j is refused with upstream’s words', (text, message) => {
  expect(() => parseQuantity(text)).toThrow(message);
});

test('values round up, away from zero', () => {
  expect(quantityValue('1500m')).toBe(2n);
  expect(quantityValue('-1500m')).toBe(-2n);
  expect(quantityMilliValue('1.0001')).toBe(1001n);
  expect(quantityMilliValue('2Ki')).toBe(2_048_000n);
});

test('a sum has the format of its first part', () => {
  expect(formatQuantity(addQuantities('1Gi', '1Gi'))).toBe('2Gi');
  expect(formatQuantity(addQuantities('100m', '0.9'))).toBe('1');
  expect(formatQuantity(addQuantities('0', '1Ki'))).toBe('1Ki');
  expect(formatQuantity(subtractQuantities('1', '250m'))).toBe('750m');
});

const amounts = fc.tuple(
  fc.integer({ min: -1_000_000, max: 1_000_000 }),
  fc.constantFrom('', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'u', 'n', 'e-2'),
);
const text = amounts.map(([n, suffix]) => `${n}${suffix}`);

test('the canonical form is its own canonical form, and equal to what it stands for', () => {
  fc.assert(
    fc.property(text, quantity => {
      const canonical = canonicalQuantity(quantity);
      expect(canonicalQuantity(canonical)).toBe(canonical);
      expect(compareQuantities(canonical, quantity)).toBe(0);
    }),
  );
});

test('what is added and taken away again leaves the value', () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(compareQuantities(subtractQuantities(addQuantities(a, b), b), a)).toBe(0);
    }),
  );
});

test('whole numbers keep their value', () => {
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 62n), 2n ** 62n), value => {
      expect(quantityValue(formatQuantity(quantityOf(value)))).toBe(value);
      expect(quantityValue(formatQuantity(quantityOf(value, 'BinarySI')))).toBe(value);
    }),
  );
});
