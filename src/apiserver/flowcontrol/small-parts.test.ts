import { expect, test } from 'vitest';
import { requestInfo } from '../request-info.ts';
import { isLongRunning } from './long-running.ts';
import { RetryAfter } from './retry-after.ts';
import { SeatDemand } from './seat-demand.ts';
import { seatsFor } from './work-estimate.ts';

test('demand: average, deviation, maximum, and a smoothed figure that rises at once and falls slowly', () => {
  const demand = new SeatDemand(0);
  demand.set(10, 5000);
  demand.endPeriod(10_000);
  expect(demand).toMatchObject({ average: 5, deviation: 5, highWatermark: 10, smoothed: 10 });
  demand.set(0, 10_000);
  demand.endPeriod(20_000);
  expect(demand.smoothed).toBeCloseTo(9.77);
  // What was wanted at the beginning of a period belongs to it.
  expect(demand.highWatermark).toBe(10);
  demand.endPeriod(320_000, 30);
  expect(demand.smoothed).toBeCloseTo(9.77 / 2, 1);
  expect(demand.highWatermark).toBe(0);
});

test('clients are told to wait longer while many are refused, and less when few are', () => {
  const retryAfter = new RetryAfter();
  const told: number[] = [];
  for (let second = 1; second <= 40; second++) {
    for (let i = 0; i < 20; i++) retryAfter.refused(second * 1000);
    told.push(retryAfter.seconds);
  }
  expect(told.slice(0, 9)).toEqual([1, 2, 2, 4, 4, 4, 4, 8, 8]);
  expect(Math.max(...told)).toBe(32);
  for (let second = 200; second < 240; second++) retryAfter.refused(second * 1000);
  expect(retryAfter.seconds).toBeLessThan(32);
});

const seats = (url: string, stats: { objects: number; averageBytes: number } | undefined, max?: number) => {
  const [path = '', query = ''] = url.split('?');
  const parameters = new URLSearchParams(query);
  return seatsFor(requestInfo('GET', path, parameters), parameters, () => stats, max);
};

test.each([
  ['/api/v1/pods/x', 1],
  ['/api/v1/pods', 10],
  ['/api/v1/pods?limit=500', 5],
  ['/api/v1/pods?limit=20', 1],
  ['/api/v1/pods?fieldSelector=metadata.name%3Dx', 1],
  ['/api/v1/pods?fieldSelector=metadata.name!%3Dx', 10],
  ['/api/v1/pods?watch=true', 1],
  ['/api/v1/pods?watch=true&sendInitialEvents=true', 10],
])('%s takes %i seats of 5,000 pods of 1 kB', (url, expected) => {
  expect(seats(url, { objects: 5000, averageBytes: 1000 })).toBe(expected);
});

test('a list takes no more than its level allows, and one seat when nothing is known', () => {
  expect(seats('/api/v1/pods', { objects: 5000, averageBytes: 1000 }, 3)).toBe(3);
  expect(seats('/api/v1/pods', { objects: 0, averageBytes: 0 })).toBe(1);
  expect(seats('/apis/a/v1/unknown', undefined)).toBe(1);
});

test.each([
  ['GET', '/api/v1/pods?watch=1', true],
  ['GET', '/api/v1/namespaces/a/pods/b/log', true],
  ['POST', '/api/v1/namespaces/a/pods/b/exec', true],
  ['GET', '/api/v1/nodes/n/proxy/x', true],
  ['GET', '/api/v1/pods', false],
  ['POST', '/api/v1/namespaces/a/pods/b/eviction', false],
  ['GET', '/healthz', false],
])('%s %s: long-running is %s', (method, url, expected) => {
  const [path = '', query = ''] = url.split('?');
  expect(isLongRunning(requestInfo(method, path, new URLSearchParams(query)))).toBe(expected);
});
