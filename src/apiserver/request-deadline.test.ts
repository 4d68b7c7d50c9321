import { expect, test } from 'vitest';
import { checkDeadline } from './request-deadline.ts';
import { requestInfo } from './request-info.ts';

const check = (path: string, timeout: string) => {
  const query = new URLSearchParams({ timeout });
  checkDeadline(requestInfo('GET', path, query), query);
};

test.each(['', '1s', '-1s', '0', '1h30m', '250ms', '1.5h'])('a timeout of %j is taken', timeout => {
  expect(() => check('/api/v1/pods', timeout)).not.toThrow();
});

test.each([
  ['bad', 'time: invalid duration "bad"'],
  ['5', 'time: missing unit in duration "5"'],
  ['5x', 'time: unknown unit "x" in duration "5x"'],
])('a timeout of %j is refused', (timeout, why) => {
  expect(() => check('/api/v1/pods', timeout)).toThrow(
    `invalid timeout specified in the request URL - ${why}`,
  );
});

test('what takes as long as it likes has no deadline', () => {
  expect(() => check('/api/v1/watch/pods', 'bad')).not.toThrow();
  expect(() => check('/api/v1/namespaces/a/pods/b/log', 'bad')).not.toThrow();
});
