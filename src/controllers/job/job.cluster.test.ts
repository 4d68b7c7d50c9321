import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JOBS, PODS } from '../../client/resources.ts';
import type { Job } from '../../generated/batch-v1.ts';
import type { Pod } from '../../generated/core-v1.ts';
import { type ControllerClusterOptions, startControllerCluster } from '../../testing/controller-cluster.ts';
import { formatIndexes, indexOf, parseIndexes } from './indexes.ts';

const j = { namespace: 'default', name: 'j' };

const job = (spec: Partial<NonNullable<Job['spec']>> = {}): Job => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { ...j },
  spec: {
    template: {
      spec: {
        containers: [{ name: 'c', image: 'i' }],
        restartPolicy: 'Never',
        terminationGracePeriodSeconds: 2,
      },
    },
    ...spec,
  },
});

async function start(options: ControllerClusterOptions = {}) {
  const cluster = await startControllerCluster(options);
  const jobs = cluster.client.resource<Job>(JOBS);
  return { cluster, jobs, pods: () => cluster.list<Pod>(PODS, 'default') };
}

const succeeds = () => ({ afterMs: 1_000, phase: 'Succeeded' }) as const;
const fails = () => ({ afterMs: 1_000, phase: 'Failed' }) as const;
const ends = (status: Job['status']) =>
  (status?.conditions ?? []).map(({ type, reason }) => `${type} ${reason}`);

test('as many pods run at once as parallelism says, until enough have succeeded', async () => {
  const { cluster, jobs, pods } = await start({ exits: succeeds });
  await using _cluster = cluster;
  await jobs.create(job({ completions: 5, parallelism: 2 }));
  let most = 0;
  for (let i = 0; i < 40; i++) {
    await cluster.clock.advance(200);
    most = Math.max(most, (await pods()).filter(pod => pod.status?.phase !== 'Succeeded').length);
  }
  const { status } = await jobs.get(j);
  expect(most).toBe(2);
  expect(status).toMatchObject({ succeeded: 5, uncountedTerminatedPods: {} });
  expect(ends(status)).toEqual(['SuccessCriteriaMet CompletionsReached', 'Complete CompletionsReached']);
  const finished = await pods();
  expect(finished).toHaveLength(5);
  expect(finished.flatMap(pod => pod.metadata.finalizers ?? [])).toEqual([]);
});

test('failed pods are replaced after 10, 20, 40 seconds, and not beyond the backoff limit', async () => {
  const { cluster, jobs, pods } = await start({ exits: fails });
  await using _cluster = cluster;
  await jobs.create(job({ backoffLimit: 2 }));
  const made: number[] = [];
  for (let second = 0; second < 120; second++) {
    await cluster.clock.advance(1_000);
    const count = (await pods()).length;
    if (count > made.length) made.push(second);
  }
  expect(made).toHaveLength(3);
  expect((made[1] ?? 0) - (made[0] ?? 0)).toBeGreaterThanOrEqual(9);
  expect((made[2] ?? 0) - (made[1] ?? 0)).toBeGreaterThanOrEqual(19);
  const { status } = await jobs.get(j);
  expect(status).toMatchObject({ failed: 3 });
  expect(ends(status)).toEqual(['FailureTarget BackoffLimitExceeded', 'Failed BackoffLimitExceeded']);
  expect(await cluster.eventsOf('Job', 'j')).toContain(
    'BackoffLimitExceeded Job has reached the specified backoff limit',
  );
});

test('an index that failed is tried again, those that are complete are not', async () => {
  const failures = new Map<number, number>();
  const { cluster, jobs, pods } = await start({
    exits: pod => {
      const index = indexOf(pod) ?? 0;
      const before = failures.get(index) ?? 0;
      failures.set(index, before + 1);
      return index === 1 && before === 0 ? fails() : succeeds();
    },
  });
  await using _cluster = cluster;
  await jobs.create(job({ completionMode: 'Indexed', completions: 4, parallelism: 4 }));
  await cluster.clock.advance(30_000);
  const { status } = await jobs.get(j);
  expect(status).toMatchObject({ succeeded: 4, failed: 1, completedIndexes: '0-3' });
  expect((await pods()).map(indexOf).sort((a = 0, b = 0) => a - b)).toEqual([0, 1, 1, 2, 3]);
});

test('a suspended Job ends its pods and starts anew when it is resumed', async () => {
  const { cluster, jobs, pods } = await start();
  await using _cluster = cluster;
  await jobs.create(job({ parallelism: 2, completions: 2 }));
  await cluster.clock.advance(5_000);
  await jobs.patch(j, { type: 'merge', body: { spec: { suspend: true } } });
  await cluster.clock.advance(5_000);
  expect(await pods()).toHaveLength(0);
  const { status } = await jobs.get(j);
  expect(ends(status)).toEqual(['Suspended JobSuspended']);
  // They were taken back: that is no failure, and nothing is waited for.
  expect(status?.failed).toBeUndefined();
  await jobs.patch(j, { type: 'merge', body: { spec: { suspend: false } } });
  await cluster.clock.advance(2_000);
  expect(await pods()).toHaveLength(2);
  const resumed = (await jobs.get(j)).status;
  expect(ends(resumed)).toEqual(['Suspended JobResumed']);
  expect(resumed).toMatchObject({ active: 2 });
  expect(resumed?.startTime).not.toBe(status?.startTime);
});

test('a rule of the podFailurePolicy ends the Job at once; ignored failures do not count', async () => {
  const codes = [5, 42];
  const { cluster, jobs } = await start({ exits: () => ({ ...fails(), exitCode: codes.shift() ?? 0 }) });
  await using _cluster = cluster;
  const onExitCodes = (value: number) => ({ operator: 'In', values: [value] });
  const rules = [
    { action: 'Ignore', onExitCodes: onExitCodes(5) },
    { action: 'FailJob', onExitCodes: onExitCodes(42) },
  ];
  await jobs.create(job({ backoffLimit: 0, podFailurePolicy: { rules } }));
  await cluster.clock.advance(60_000);
  const { status } = await jobs.get(j);
  expect(status).toMatchObject({ failed: 1, uncountedTerminatedPods: {} });
  expect(ends(status)).toEqual(['FailureTarget PodFailurePolicy', 'Failed PodFailurePolicy']);
  expect(status?.conditions?.[1]?.message).toMatch(
    /^Container c for pod default\/j-\w+ failed with exit code 42 matching FailJob rule at index 1$/,
  );
});

test('with a limit per index the others go on, and the Job fails at the end', async () => {
  const { cluster, jobs, pods } = await start({ exits: pod => (indexOf(pod) === 1 ? fails() : succeeds()) });
  await using _cluster = cluster;
  await jobs.create(
    job({ completionMode: 'Indexed', completions: 3, parallelism: 1, backoffLimitPerIndex: 1 }),
  );
  await cluster.clock.advance(60_000);
  const { status } = await jobs.get(j);
  expect(status).toMatchObject({ succeeded: 2, failed: 2, completedIndexes: '0,2', failedIndexes: '1' });
  expect(ends(status)).toEqual(['FailureTarget FailedIndexes', 'Failed FailedIndexes']);
  const counts = (await pods()).map(
    pod => pod.metadata.annotations?.['batch.kubernetes.io/job-index-failure-count'],
  );
  expect([...counts].sort((a = '', b = '') => (a < b ? -1 : 1))).toEqual(['0', '0', '0', '1']);
});

test('too many failed indexes end the Job before its time', async () => {
  const { cluster, jobs } = await start({ exits: pod => (indexOf(pod) === 0 ? fails() : undefined) });
  await using _cluster = cluster;
  const limits = { backoffLimitPerIndex: 0, maxFailedIndexes: 0 };
  await jobs.create(job({ completionMode: 'Indexed', completions: 3, parallelism: 3, ...limits }));
  await cluster.clock.advance(30_000);
  const { status } = await jobs.get(j);
  expect(status).toMatchObject({ failed: 3, failedIndexes: '0' });
  expect(ends(status).at(-1)).toBe('Failed MaxFailedIndexesExceeded');
});

test('a successPolicy that is met ends the Job well; what still ran has not failed', async () => {
  const { cluster, jobs, pods } = await start({
    exits: pod => (indexOf(pod) === 0 ? succeeds() : undefined),
  });
  await using _cluster = cluster;
  const successPolicy = { rules: [{ succeededIndexes: '0' }] };
  await jobs.create(job({ completionMode: 'Indexed', completions: 3, parallelism: 3, successPolicy }));
  await cluster.clock.advance(30_000);
  const { status } = await jobs.get(j);
  expect(status).toMatchObject({ succeeded: 1, completedIndexes: '0', uncountedTerminatedPods: {} });
  expect(status?.failed).toBeUndefined();
  expect(ends(status)).toEqual(['SuccessCriteriaMet SuccessPolicy', 'Complete SuccessPolicy']);
  expect(await pods()).toHaveLength(1);
});

test('pods beyond a lowered parallelism are taken back without being counted', async () => {
  const { cluster, jobs, pods } = await start();
  await using _cluster = cluster;
  await jobs.create(job({ parallelism: 3, completions: 5 }));
  await cluster.clock.advance(5_000);
  await jobs.patch(j, { type: 'merge', body: { spec: { parallelism: 1 } } });
  await cluster.clock.advance(10_000);
  expect(await pods()).toHaveLength(1);
  expect((await jobs.get(j)).status).toMatchObject({ active: 1, terminating: 0 });
  expect((await jobs.get(j)).status?.failed).toBeUndefined();
});

test('pods of a Job that is deleted do not hang on their finalizer', async () => {
  const { cluster, jobs, pods } = await start();
  await using _cluster = cluster;
  await jobs.create(job({ parallelism: 3, completions: 3 }));
  await cluster.clock.advance(5_000);
  await jobs.delete(j, { propagationPolicy: 'Background' });
  await cluster.clock.advance(20_000);
  expect(await pods()).toEqual([]);
});

test('a Job without completions is done when one pod has succeeded and the others have ended', async () => {
  let first = true;
  const { cluster, jobs } = await start({
    exits: () => {
      const afterMs = first ? 1_000 : 5_000;
      first = false;
      return { afterMs, phase: 'Succeeded' };
    },
  });
  await using _cluster = cluster;
  await jobs.create(job({ parallelism: 3 }));
  await cluster.clock.advance(3_000);
  expect(ends((await jobs.get(j)).status)).toEqual([]);
  await cluster.clock.advance(10_000);
  expect(ends((await jobs.get(j)).status)).toContain('Complete CompletionsReached');
});

test('index lists are read as they were written', () => {
  expect(formatIndexes(new Set([7, 1, 4, 3, 5]))).toBe('1,3-5,7');
  expect(formatIndexes(new Set([0, 1]))).toBe('0,1');
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(60)), indexes => {
      expect(parseIndexes(formatIndexes(new Set(indexes)), 61)).toEqual(new Set(indexes));
    }),
  );
});
