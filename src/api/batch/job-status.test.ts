import { expect, test } from 'vitest';
import type { Job, JobSpec, JobStatus } from '../../generated/batch-v1.ts';
import { countIndexes, sharedIndex } from './index-set.ts';
import { validateJobStatus } from './job-status.ts';

const TIME = '2026-01-01T00:00:00Z';
const LATER = '2026-01-01T01:00:00Z';
const when = (...types: string[]): JobStatus => ({
  conditions: types.map(type => ({ type, status: 'True' })),
});
const check = (status: JobStatus, old: JobStatus = {}, spec: Partial<JobSpec> = {}) => {
  const job = (value: JobStatus): Job => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {},
    spec: { template: {}, ...spec },
    status: value,
  });
  return validateJobStatus(job(status), job(old)).map(e => `${e.field}: ${e.body}`);
};

test('a Job that is done says when it began and ended', () => {
  const done = { startTime: TIME, completionTime: LATER, ...when('SuccessCriteriaMet', 'Complete') };
  expect(check(done)).toEqual([]);
  expect(check({ ...done, startTime: undefined, completionTime: undefined } as JobStatus)).toEqual([
    'status.completionTime: Required value: completionTime is required for Complete jobs',
    'status.startTime: Required value: startTime is required for finished job',
  ]);
  expect(check({ ...done, startTime: LATER, completionTime: TIME })).toEqual([
    `status.completionTime: Invalid value: "${TIME}": completionTime cannot be set before startTime`,
  ]);
  expect(check({ ...done, active: 1, terminating: 2 })).toEqual([
    'status.active: Invalid value: 1: active>0 is invalid for finished job',
    'status.terminating: Invalid value: 2: terminating>0 is invalid for finished job',
  ]);
});

test('the end is announced before it is declared, and stays', () => {
  expect(check({ startTime: TIME, ...when('Failed') })).toEqual([
    'status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition',
  ]);
  expect(check({ startTime: TIME, completionTime: LATER, ...when('Complete') })).toEqual([
    'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
  ]);
  expect(check({ startTime: TIME }, { startTime: TIME, ...when('FailureTarget', 'Failed') })).toEqual([
    'status.conditions: Invalid value: cannot disable the terminal Failed=True condition',
    'status.conditions: Invalid value: cannot disable the terminal FailureTarget=True condition',
  ]);
});

test('sets of indexes are read, and no index both failed and succeeded', () => {
  const spec = { completionMode: 'Indexed', completions: 10, parallelism: 2, backoffLimitPerIndex: 1 };
  expect(check({ completedIndexes: '0-3', failedIndexes: '5,2' }, {}, spec)).toEqual([
    'status.failedIndexes: Invalid value: "5,2": error parsing failedIndexes: non-increasing order, previous: 5, current: 2',
  ]);
  expect(check({ completedIndexes: '0-3', failedIndexes: '3,5' }, {}, spec)).toEqual([
    'status.failedIndexes: Invalid value: "3,5": failedIndexes and completedIndexes overlap at index: 3',
  ]);
  expect(countIndexes('0,2-4', 5)).toBe(4);
  expect(sharedIndex('1,4', '2-3,5', 9)).toBeUndefined();
});

test('counters do not fall, but for Jobs that may be scaled down', () => {
  expect(check({ succeeded: 1, failed: 1 }, { succeeded: 2, failed: 2 })).toEqual([
    'status.failed: Invalid value: 1: cannot decrease the failed counter',
    'status.succeeded: Invalid value: 1: cannot decrease the succeeded counter',
  ]);
  const elastic = { completionMode: 'Indexed', completions: 2, parallelism: 2 };
  expect(check({ succeeded: 1 }, { succeeded: 2 }, elastic)).toEqual([]);
});

test('the start of a Job stays, but for one that is suspended or just resumed', () => {
  const suspended = (status: string) => ({ conditions: [{ type: 'Suspended', status }] });
  const refused = 'status.startTime: Required value: startTime cannot be removed for unsuspended job';
  expect(check({ startTime: LATER }, { startTime: TIME })).toEqual([refused]);
  expect(check({}, { startTime: TIME }, { suspend: true })).toEqual([]);
  const old = { startTime: TIME, ...suspended('True') };
  expect(check({ startTime: LATER, ...suspended('False') }, old)).toEqual([]);
  expect(check({ startTime: LATER, ...suspended('True') }, old)).toEqual([refused]);
});
