import { expect, test } from 'vitest';
import { virtualClock } from '../testing/virtual-clock.ts';
import { systemClock } from './clock.ts';
import { TimeSlice } from './time-slice.ts';

test('work that never waits still lets the event loop turn', async () => {
  const slice = new TimeSlice(systemClock, 5);
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  const deadlineMs = systemClock.monotonic() + 5_000;
  while (!turned && systemClock.monotonic() < deadlineMs) await slice.turn();
  expect(turned).toBe(true);
});

test('under a virtual clock nothing waits while no time passes', () => {
  const slice = new TimeSlice(virtualClock());
  expect([slice.turn(), slice.turn()]).toEqual([undefined, undefined]);
});
