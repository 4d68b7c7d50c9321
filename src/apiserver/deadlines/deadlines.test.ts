import { expect, test } from 'vitest';
import { virtualClock } from '../../testing/virtual-clock.ts';
import { Deadlines } from './deadlines.ts';

test('each is missed at its time, those that were met are not, and one timer serves all', async () => {
  const clock = virtualClock();
  const deadlines = new Deadlines(clock, 1000);
  const missed: string[] = [];
  const set = (name: string) => deadlines.set(() => missed.push(`${name} at ${clock.monotonic()}`));
  set('a');
  await clock.advance(300);
  const b = set('b');
  set('c');
  expect(clock.pending).toBe(1);
  await clock.advance(300);
  b.met();
  b.met();
  set('d');
  await clock.advance(5000);
  expect(missed).toEqual(['a at 1000', 'c at 1300', 'd at 1600']);
  expect(clock.pending).toBe(0);
});

test('when it is closed, nothing is missed any more', async () => {
  const clock = virtualClock();
  const deadlines = new Deadlines(clock, 1000);
  deadlines.set(() => expect.unreachable());
  deadlines.close();
  expect(clock.pending).toBe(0);
  await clock.advance(2000);
});
