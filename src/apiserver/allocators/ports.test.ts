import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../../base/random.ts';
import { pickFree } from './ports.ts';

test('what is picked is free and in the range, as long as anything is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 80 }), fc.integer(), (size, seed) => {
      const taken = new Set<number>();
      const random = seededRandom(seed);
      for (let i = 0; i < size; i++) {
        const picked = pickFree(100, 100 + size - 1, n => taken.has(n), random) ?? -1;
        expect(picked).toBeGreaterThanOrEqual(100);
        expect(picked).toBeLessThan(100 + size);
        expect(taken.has(picked)).toBe(false);
        taken.add(picked);
      }
      expect(pickFree(100, 100 + size - 1, n => taken.has(n), random)).toBeUndefined();
    }),
  );
});

test('the lower part, which people pick by hand, comes last', () => {
  const random = seededRandom(1);
  for (let i = 0; i < 200; i++)
    expect(pickFree(30_000, 32_767, () => false, random)).toBeGreaterThanOrEqual(30_086);
});
