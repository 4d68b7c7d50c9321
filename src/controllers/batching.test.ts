import { expect, test } from 'vitest';
import { batchDelayMs } from './batching.ts';

test('owners of few react at once, owners of many wait a little, nobody waits over a second', () => {
  expect([0, 50, 200, 1_000, 100_000].map(batchDelayMs)).toEqual([0, 0, 50, 250, 1_000]);
});
