import { expect, test } from 'vitest';
import { type HealthCheck, health } from './health.ts';

const well = (name: string): HealthCheck => ({ name, problem: () => undefined });
const ill: HealthCheck = { name: 'store', problem: () => 'no disk' };
const checks = [well('ping'), ill, { ...well('shutdown'), readinessOnly: true }];
const ask = (target: string) => {
  const [path = '', query = ''] = target.split('?');
  const answer = health(path, new URLSearchParams(query), checks);
  return answer && [answer.status, String(answer.body)];
};

test.each([
  ['/healthz', [500, '[+]ping ok\n[-]store failed: reason withheld\nhealthz check failed\n']],
  ['/healthz?exclude=store', [200, 'ok']],
  [
    '/readyz?verbose&exclude=store',
    [200, '[+]ping ok\n[+]store excluded: ok\n[+]shutdown ok\nreadyz check passed\n'],
  ],
  [
    '/livez?verbose&exclude=store&exclude=x&exclude=a',
    [
      200,
      '[+]ping ok\n[+]store excluded: ok\nwarn: some health checks cannot be excluded: no matches for "a", "x"\nlivez check passed\n',
    ],
  ],
  ['/livez/ping', [200, 'ok']],
  ['/livez/store', [500, 'internal server error: no disk\n']],
  ['/livez/shutdown', undefined],
  ['/livez/store/more', undefined],
  ['/metrics', undefined],
])('%s', (target, answer) => {
  expect(ask(target)).toEqual(answer);
});
