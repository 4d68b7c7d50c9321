import { expect, test } from 'vitest';
import { requestTimeoutMs } from './request-timeout.ts';

const timeoutOf = (timeout: string) => requestTimeoutMs(new URLSearchParams({ timeout }));

test.each([
  ['', 60_000],
  ['0', 60_000],
  ['-1s', 60_000],
  ['1h30m', 60_000],
  ['1s', 1000],
  ['250ms', 250],
  ['1.5s', 1500],
])('with a timeout of %j a request has %i ms', (timeout, ms) => {
  expect(timeoutOf(timeout)).toBe(ms);
});

test.each([
  ['bad', 'time: invalid duration "bad"'],
  ['5', 'time: missing unit in duration "5"'],
  ['5x', 'time: unknown unit "x" in duration "5x"'],
])('a timeout of %j is refused', (timeout, why) => {
  expect(() => timeoutOf(timeout)).toThrow(`invalid timeout specified in the request URL - ${why}`);
});
