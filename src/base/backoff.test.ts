import { expect, test } from 'vitest';
import { Backoff, TokenBucket } from './backoff.ts';
import { LruMap } from './lru-map.ts';
import { seededRandom } from './random.ts';

test('delays double up to the longest, jitter only lengthens, success starts anew', () => {
  const backoff = new Backoff({ baseMs: 100, maxMs: 1_000, jitter: 0.5 }, seededRandom(1));
  for (const plain of [100, 200, 400, 800, 1_000, 1_000]) {
    const delay = backoff.next();
    expect(delay).toBeGreaterThanOrEqual(plain);
    expect(delay).toBeLessThanOrEqual(plain * 1.5);
  }
  backoff.reset();
  expect(backoff.next()).toBeLessThanOrEqual(150);
});

test('a bucket gives its burst at once and then one token a period', () => {
  const bucket = new TokenBucket({ burst: 2, perSecond: 0.5, nowMs: 0 });
  const taken = [0, 0, 0, 1_000, 2_000, 2_500, 60_000, 60_000, 60_000].map(nowMs => bucket.tryTake(nowMs));
  expect(taken).toEqual([true, true, false, false, true, false, true, true, false]);
});

test('beyond its limit a map forgets what was used longest ago', () => {
  const map = new LruMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.get('a');
  map.set('c', 3);
  expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([1, undefined, 3, 2]);
});
