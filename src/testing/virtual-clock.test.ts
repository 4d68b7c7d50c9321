import { expect, test } from 'vitest';
import { sleep } from '../base/clock.ts';
import { virtualClock } from './virtual-clock.ts';

test('timers run in order of their time, those of one time in the order they were set', async () => {
  const clock = virtualClock();
  const ran: string[] = [];
  clock.schedule(20, () => ran.push('c'));
  clock.schedule(10, () => ran.push('a'));
  clock.schedule(10, () => ran.push('b'));
  clock.schedule(15, () => ran.push('never')).cancel();
  await clock.advance(30);
  expect(ran).toEqual(['a', 'b', 'c']);
  expect(clock.pending).toBe(0);
});

test('what waits in a loop sees every step of the time that passes', async () => {
  const clock = virtualClock();
  const seen: number[] = [];
  const loop = async () => {
    for (let i = 0; i < 3; i++) {
      await sleep(clock, 86_400_000);
      seen.push(clock.monotonic() / 86_400_000);
    }
  };
  const running = loop();
  await clock.advance(5 * 86_400_000);
  await running;
  expect(seen).toEqual([1, 2, 3]);
});

test('until stops at the moment the condition holds, and says when it never does', async () => {
  const clock = virtualClock();
  let done = false;
  clock.schedule(500, () => {
    done = true;
  });
  await clock.until(() => done);
  expect(clock.monotonic()).toBe(500);
  await expect(clock.until(() => false, 1_000)).rejects.toThrow('not true after 1000 virtual ms');
});
