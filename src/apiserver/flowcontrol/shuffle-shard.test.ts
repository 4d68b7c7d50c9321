import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deal, flowHash } from './shuffle-shard.ts';

test('a hand is of different queues, all of the deck, and the same each time', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.integer({ min: 1, max: 512 }),
      fc.integer({ min: 1, max: 15 }),
      (hash, deck, size) => {
        const handSize = Math.min(size, deck);
        const hand = deal(hash, deck, handSize);
        expect(hand).toHaveLength(handSize);
        expect(new Set(hand).size).toBe(handSize);
        for (const card of hand) expect(card >= 0 && card < deck).toBe(true);
        expect(deal(hash, deck, handSize)).toEqual(hand);
      },
    ),
  );
});

test('all hands come equally often', () => {
  const seen = new Map<string, number>();
  for (let hash = 0n; hash < 60n * 100n; hash++) {
    const hand = deal(hash, 5, 3).join();
    seen.set(hand, (seen.get(hand) ?? 0) + 1);
  }
  expect(seen.size).toBe(60);
  expect(new Set(seen.values())).toEqual(new Set([100]));
});

test('flows differ by schema and by distinguisher', () => {
  const hashes = [flowHash('a', 'b'), flowHash('a', 'c'), flowHash('ab', ''), flowHash('b', 'a')];
  expect(new Set(hashes).size).toBe(4);
});
