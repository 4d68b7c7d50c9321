import { expect, test } from 'vitest';
import type { ContainerState, ContainerStatus, Pod } from '../../../generated/core-v1.ts';
import { podColumns, podRowConditions, summarise } from './columns.ts';

interface Given {
  readonly spec?: Partial<Pod['spec']>;
  readonly status?: Pod['status'];
  readonly deleting?: boolean;
}

function podOf({ spec, status, deleting }: Given): Pod {
  return {
    metadata: { name: 'a', ...(deleting ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}) },
    spec: { containers: [{ name: 'c' }], ...spec },
    status: { phase: 'Running', ...status },
  };
}

function container(state: ContainerState, more: Partial<ContainerStatus> = {}): ContainerStatus {
  return { name: 'c', image: 'i', imageID: '', ready: false, restartCount: 0, state, ...more };
}

const shown = (given: Given) => {
  const { ready, status } = summarise(podOf(given));
  return `${ready} ${status}`;
};
const running = { running: { startedAt: '2026-01-01T00:00:00Z' } };
const ended = (exitCode: number, reason?: string): ContainerState => ({
  terminated: { exitCode, ...(reason ? { reason } : {}) },
});

test('STATUS is the phase until containers say more', () => {
  expect(shown({ status: { phase: 'Pending' } })).toBe('0/1 Pending');
  expect(shown({ status: { phase: 'Failed', reason: 'Evicted' } })).toBe('0/1 Evicted');
  expect(shown({ status: { containerStatuses: [container(running, { ready: true })] } })).toBe('1/1 Running');
  const waiting = { waiting: { reason: 'CrashLoopBackOff' } };
  expect(shown({ status: { containerStatuses: [container(waiting)] } })).toBe('0/1 CrashLoopBackOff');
  expect(
    shown({ status: { phase: 'Succeeded', containerStatuses: [container(ended(0, 'Completed'))] } }),
  ).toBe('0/1 Completed');
  expect(shown({ status: { containerStatuses: [container(ended(3))] } })).toBe('0/1 ExitCode:3');
  const killed = { terminated: { exitCode: 137, signal: 9 } };
  expect(shown({ status: { containerStatuses: [container(killed)] } })).toBe('0/1 Signal:9');
});

test('gated and deleted pods say so', () => {
  const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }];
  expect(shown({ status: { phase: 'Pending', conditions } })).toBe('0/1 SchedulingGated');
  expect(shown({ deleting: true })).toBe('0/1 Terminating');
  expect(shown({ deleting: true, status: { reason: 'NodeLost' } })).toBe('0/1 Unknown');
  expect(shown({ deleting: true, status: { phase: 'Succeeded' } })).toBe('0/1 Succeeded');
});

test('initialisation shows how far it is, or why it stands', () => {
  const spec = { initContainers: [{ name: 'i' }, { name: 'j' }] };
  const init = (...states: ContainerState[]) => ({
    phase: 'Pending',
    initContainerStatuses: states.map((s, n) => container(s, { name: n === 0 ? 'i' : 'j' })),
    containerStatuses: [container({ waiting: { reason: 'PodInitializing' } })],
  });
  expect(shown({ spec, status: init(running, {}) })).toBe('0/1 Init:0/2');
  expect(shown({ spec, status: init(ended(0), running) })).toBe('0/1 Init:1/2');
  expect(shown({ spec, status: init(ended(1)) })).toBe('0/1 Init:ExitCode:1');
  expect(shown({ spec, status: init(ended(1, 'Error')) })).toBe('0/1 Init:Error');
  const back = { waiting: { reason: 'CrashLoopBackOff' } };
  expect(shown({ spec, status: init(back) })).toBe('0/1 Init:CrashLoopBackOff');
  expect(shown({ spec, status: init(ended(0), ended(0)) })).toBe('0/1 PodInitializing');
});

test('sidecars count as containers', () => {
  const spec = { initContainers: [{ name: 's', restartPolicy: 'Always' }] };
  const sidecar = container(running, { name: 's', started: true, ready: true, restartCount: 2 });
  const status = {
    initContainerStatuses: [sidecar],
    containerStatuses: [container(running, { ready: true, restartCount: 1 })],
  };
  expect(shown({ spec, status })).toBe('2/2 Running');
  expect(summarise(podOf({ spec, status })).restarts).toBe(3);
});

test('a pod of which one container has completed still runs', () => {
  const status = {
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [container(ended(0, 'Completed')), container(running, { name: 'd', ready: true })],
  };
  expect(shown({ spec: { containers: [{ name: 'c' }, { name: 'd' }] }, status })).toBe('1/2 Running');
  expect(
    shown({ spec: { containers: [{ name: 'c' }, { name: 'd' }] }, status: { ...status, conditions: [] } }),
  ).toBe('1/2 NotReady');
});

test('RESTARTS says when the last one was', () => {
  const restarts = podColumns.find(c => c.name === 'Restarts');
  const status = {
    containerStatuses: [
      container(running, {
        ready: true,
        restartCount: 3,
        lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:00:00Z' } },
      }),
    ],
  };
  const nowMs = Date.parse('2026-01-01T00:00:05Z');
  expect(restarts?.cell(podOf({ status }), { nowMs })).toBe('3 (5s ago)');
  expect(restarts?.cell(podOf({}), { nowMs })).toBe('0');
});

test('rows of pods that have ended say so', () => {
  const rows = (phase: string) => podRowConditions(podOf({ status: { phase } }));
  expect(rows('Running')).toEqual([]);
  expect(rows('Succeeded')).toEqual([
    {
      type: 'Completed',
      status: 'True',
      reason: 'Succeeded',
      message: 'The pod has completed successfully.',
    },
  ]);
  expect(rows('Failed')).toMatchObject([{ reason: 'Failed', message: 'The pod failed.' }]);
});
