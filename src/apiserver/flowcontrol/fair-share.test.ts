import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fairShares } from './fair-share.ts';

const problem = fc
  .tuple(fc.nat(100), fc.nat(100), fc.nat(200))
  .map(([lower, more, room]) => ({ lowerBound: lower, target: lower + more, upperBound: lower + room }));

test('shares add up, keep the bounds, and are the same part of every target where no bound is met', () => {
  fc.assert(
    fc.property(
      fc.array(problem, { minLength: 1, maxLength: 8 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (problems, at) => {
        const lowest = problems.reduce((sum, p) => sum + p.lowerBound, 0);
        const highest = problems.reduce((sum, p) => sum + p.upperBound, 0);
        const total = Math.round(lowest + at * (highest - lowest));
        const shares = fairShares(total, problems);
        expect(shares).toBeDefined();
        const { seats = [], fairFraction = 0 } = shares ?? {};
        expect(seats.reduce((a, b) => a + b, 0)).toBeCloseTo(total, 4);
        problems.forEach((p, i) => {
          const share = seats[i] as number;
          expect(share).toBeGreaterThanOrEqual(p.lowerBound - 1e-6);
          expect(share).toBeLessThanOrEqual(p.upperBound + 1e-6);
          const fair = fairFraction * Math.max(p.target, 0.001);
          if (share > p.lowerBound + 1e-4 && share < p.upperBound - 1e-4) expect(share).toBeCloseTo(fair, 4);
        });
      },
    ),
  );
});

test('bounds that leave no room have no answer', () => {
  const p = { target: 10, lowerBound: 5, upperBound: 10 };
  expect(fairShares(4, [p])).toBeUndefined();
  expect(fairShares(11, [p])).toBeUndefined();
  expect(fairShares(7, [p])?.seats).toEqual([7]);
});
