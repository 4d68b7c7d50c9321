/** What Jobs say about failed and succeeded pods, and how long failures make them wait. */
import { expect, test } from 'vitest';
import type { Job, PodFailurePolicyRule } from '../../generated/batch-v1.ts';
import type { Pod } from '../../generated/core-v1.ts';
import { backoffLeftMs, finishedMs, NO_FAILURES, nextBackoff } from './backoff.ts';
import { failureMeaning } from './failure-policy.ts';
import { metSuccessPolicy } from './success-policy.ts';

const ended = (exitCode: number, more: Partial<Pod['status']> = {}): Pod => ({
  metadata: { namespace: 'ns', name: 'p' },
  spec: { containers: [] },
  status: {
    phase: 'Failed',
    containerStatuses: [
      { name: 'side', image: '', imageID: '', ready: false, restartCount: 0, state: { running: {} } },
      {
        name: 'c',
        image: '',
        imageID: '',
        ready: false,
        restartCount: 0,
        state: { terminated: { exitCode } },
      },
    ],
    ...more,
  },
});
const meaning = (pod: Pod, ...rules: PodFailurePolicyRule[]) => failureMeaning({ rules }, pod);
const codes = (action: string, operator: string, values: number[], containerName?: string) => ({
  action,
  onExitCodes: { operator, values, ...(containerName ? { containerName } : {}) },
});

test('the first rule that matches decides; without one the failure counts', () => {
  expect(failureMeaning(undefined, ended(1))).toEqual({ action: undefined, counts: true });
  expect(meaning(ended(1), codes('FailJob', 'In', [42]))).toEqual({ action: undefined, counts: true });
  expect(meaning(ended(1), codes('Ignore', 'In', [1]), codes('FailJob', 'In', [1]))).toEqual({
    action: 'Ignore',
    counts: false,
  });
  expect(meaning(ended(1), codes('FailIndex', 'NotIn', [2]))).toEqual({ action: 'FailIndex', counts: true });
});

test('a rule that fails the Job says which container, code and rule', () => {
  expect(meaning(ended(42), codes('Count', 'In', [7]), codes('FailJob', 'In', [42])).message).toBe(
    'Container c for pod ns/p failed with exit code 42 matching FailJob rule at index 1',
  );
  expect(meaning(ended(42), codes('FailJob', 'In', [42], 'other')).action).toBeUndefined();
  // An exit code of 0 is no failure, whatever NotIn says.
  expect(meaning(ended(0), codes('FailJob', 'NotIn', [5])).action).toBeUndefined();
});

test('a rule may ask for a condition of the pod', () => {
  const disrupted = ended(137, { conditions: [{ type: 'DisruptionTarget', status: 'True' }] });
  const rule = (action: string) => ({
    action,
    onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }],
  });
  expect(meaning(disrupted, rule('Ignore')).counts).toBe(false);
  expect(meaning(disrupted, rule('FailJob')).message).toBe(
    'Pod ns/p has condition DisruptionTarget matching FailJob rule at index 0',
  );
  expect(meaning(ended(137), rule('Ignore')).counts).toBe(true);
});

const withRules = (rules: object[]): Job => ({
  metadata: {},
  spec: { template: {}, completions: 10, successPolicy: { rules } },
});

test.each([
  [[{ succeededIndexes: '0,2-3' }], [0, 2], undefined],
  [[{ succeededIndexes: '0,2-3' }], [0, 2, 3], 'Matched rules at index 0'],
  [[{ succeededIndexes: '0,2-3', succeededCount: 2 }], [0, 3], 'Matched rules at index 0'],
  [[{ succeededIndexes: '9' }, { succeededCount: 2 }], [0, 1], 'Matched rules at index 1'],
  [[{ succeededCount: 0 }], [], undefined],
  [[{ succeededIndexes: '12' }], [0], undefined],
])('with rules %j and indexes %j complete: %s', (rules, completed, message) => {
  expect(metSuccessPolicy(withRules(rules), new Set(completed))).toBe(message);
});

const at = (seconds: number): Pod => {
  const finishedAt = new Date(seconds * 1000).toISOString();
  const pod = ended(1);
  const [, c] = pod.status?.containerStatuses ?? [];
  return {
    ...pod,
    status: {
      phase: 'Failed',
      containerStatuses: c ? [{ ...c, state: { terminated: { exitCode: 1, finishedAt } } }] : [],
    },
  };
};

test('failures in a row double the wait, a success forgets those before it', () => {
  const once = nextBackoff(NO_FAILURES, [], [at(100)]);
  expect(backoffLeftMs(once, 104_000)).toBe(6_000);
  const twice = nextBackoff(once, [], [at(120), at(110)]);
  expect(twice).toEqual({ failures: 3, lastFailureMs: 120_000 });
  expect(backoffLeftMs(twice, 120_000)).toBe(40_000);
  expect(nextBackoff(twice, [at(130)], [])).toEqual(NO_FAILURES);
  expect(nextBackoff(twice, [at(130)], [at(125), at(140)])).toEqual({ failures: 1, lastFailureMs: 140_000 });
  expect(backoffLeftMs({ failures: 40, lastFailureMs: 0 }, 0)).toBe(600_000);
});

test('a pod has ended with its last container, or when it was no longer ready, or when it was deleted', () => {
  expect(finishedMs(at(7))).toBe(7_000);
  const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: '1970-01-01T00:00:09Z' }];
  expect(finishedMs(ended(1, { conditions }))).toBe(9_000);
  const deletionTimestamp = '1970-01-01T00:00:40Z';
  const deleted: Pod = {
    ...ended(1),
    metadata: { deletionTimestamp, deletionGracePeriodSeconds: 30 },
  };
  expect(finishedMs(deleted)).toBe(10_000);
});
