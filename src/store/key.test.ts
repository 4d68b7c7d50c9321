import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareKeys, lowerBound } from './key.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.string({ unit: fc.constantFrom('a', '/', '-', 'ü', '\uffee', '\ud7ff', '\u{1f600}'), maxLength: 6 }),
);

test('keys compare as their UTF-8 bytes do', () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});

test('the lower bound is where a key is or would be', () => {
  fc.assert(
    fc.property(fc.uniqueArray(text), text, (keys, key) => {
      const sorted = keys.toSorted(compareKeys);
      expect(lowerBound(sorted, key)).toBe(sorted.filter(k => compareKeys(k, key) < 0).length);
      expect(lowerBound(sorted, key, true)).toBe(sorted.filter(k => compareKeys(k, key) <= 0).length);
    }),
  );
});
